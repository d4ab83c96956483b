import { describe, expect, it } from 'vitest';
import { judge, unsafeSettings } from './redis-safety.js';

describe('what is unsafe about a Redis', () => {
  it('finds nothing wrong with an append-only file and no eviction', () => {
    expect(judge('1', 'noeviction')).toEqual([]);
  });

  it.each(['volatile-lru', 'volatile-ttl'])('lets %s pass: the journal has no expiry', (policy) => {
    expect(judge('1', policy)).toEqual([]);
  });

  it('names a missing append-only file', () => {
    expect(judge('0', 'noeviction')).toMatchObject([{ setting: 'appendonly', value: 'no' }]);
  });

  it.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('names the policy %s', (policy) => {
    expect(judge('1', policy)).toMatchObject([{ setting: 'maxmemory-policy', value: policy }]);
  });

  it('says nothing of what Redis did not tell', () => {
    expect(judge(undefined, undefined)).toEqual([]);
  });

  it('reads both from INFO', async () => {
    const sections: Record<string, string> = {
      persistence: '# Persistence\r\nloading:0\r\naof_enabled:0\r\n',
      memory: '# Memory\r\nmaxmemory_policy:allkeys-lru\r\n',
    };
    const found = await unsafeSettings({ info: async (section) => sections[section] ?? '' });
    expect(found.map(({ setting }) => setting)).toEqual(['appendonly', 'maxmemory-policy']);
  });
});
