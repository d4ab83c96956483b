import { expect, it } from 'vitest';
import type { CacheConnection } from '../redis/cache-connection.js';
import { CacheKeys } from './keys.js';
import { ReplicaWait } from './replica-wait.js';

it('sends its mark and the wait for it at once, in this order: one round trip', async () => {
  const sent: string[] = [];
  let reply: (mark: string) => void = () => undefined;
  const server = {
    run: 'a run',
    inOneWrite: <T>(send: () => T) => send(),
    eval: () => {
      sent.push('mark');
      return new Promise<string>((resolve) => {
        reply = resolve;
      });
    },
    wait: async () => {
      sent.push('wait');
      return 1;
    },
  };
  const redis = { at: () => server, on: () => undefined } as unknown as CacheConnection;
  const terms = { redis, writes: redis, keys: new CacheKeys('hs', 1), replicas: 1, timeoutMs: 1000 };
  const has = new ReplicaWait(terms).has({ slot: 0, version: 7 }, performance.now());
  await expect.poll(() => sent).toEqual(['mark', 'wait']);
  reply('OK');
  await has;
});
