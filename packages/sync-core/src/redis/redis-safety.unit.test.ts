import { describe, expect, it } from 'vitest';
import { type RedisDuty, unsafeSettings } from './redis-safety.js';

const DUTIES: RedisDuty[] = ['cache', 'queues'];
const SAFE = { aof_enabled: '1', maxmemory_policy: 'noeviction' };

describe.each(DUTIES)('what is unsafe about a Redis of the %s', (duty) => {
  it('is nothing with an append-only file and no eviction', () => {
    expect(unsafeSettings(SAFE, duty)).toEqual([]);
  });

  it.each(['volatile-lru', 'volatile-ttl'])('is not %s: what must stay has no expiry', (policy) => {
    expect(unsafeSettings({ ...SAFE, maxmemory_policy: policy }, duty)).toEqual([]);
  });

  it.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('is the policy %s', (policy) => {
    expect(unsafeSettings({ ...SAFE, maxmemory_policy: policy }, duty)).toMatchObject([
      { setting: 'maxmemory-policy', value: policy },
    ]);
  });

  it('is nothing that Redis did not tell', () => {
    expect(unsafeSettings({}, duty)).toEqual([]);
  });
});

it('replicas that need have nothing are unsafe for the cache, where there are any', () => {
  const replicated = { ...SAFE, connected_slaves: '1' };
  expect(unsafeSettings(replicated, 'cache')).toMatchObject([
    { setting: 'min-replicas-to-write', value: '0' },
  ]);
  expect(unsafeSettings({ ...replicated, min_slaves_good_slaves: '1' }, 'cache')).toEqual([]);
  expect(unsafeSettings(replicated, 'queues')).toEqual([]);
  expect(unsafeSettings({ ...SAFE, connected_slaves: '0' }, 'cache')).toEqual([]);
});

it('a missing append-only file is unsafe for the cache, not for queues, which may be lost', () => {
  expect(unsafeSettings({ ...SAFE, aof_enabled: '0' }, 'cache')).toMatchObject([
    { setting: 'appendonly', value: 'no' },
  ]);
  expect(unsafeSettings({ ...SAFE, aof_enabled: '0' }, 'queues')).toEqual([]);
});
