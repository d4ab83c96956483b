import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CacheUnavailableError, NotReplicatedError } from '../errors.js';
import { connected, connectRedis } from './connect-redis.js';
import { CacheKeys } from './keys.js';
import { ReplicaWait } from './replica-wait.js';
import { SCRIPTS, type ScriptedRedis } from './scripts.js';

const TIMEOUT_MS = 500;
const log = pino({ level: 'silent' });
const keys = new CacheKeys('hs', 1);

let primary: OwnRedis;
let replica: OwnRedis;
let wait: ReplicaWait;
beforeAll(async () => {
  primary = await OwnRedis.start();
  replica = await OwnRedis.start({ settings: { replicaof: `127.0.0.1 ${primary.port}` } });
});
afterAll(async () => {
  wait.stop();
  await replica.stop();
  await primary.stop();
});
beforeEach(async () => {
  wait?.stop();
  wait = await waitFor(1);
  await expect.poll(() => primary.client().info('replication')).toContain('state=online');
});

function connect(url: string): ScriptedRedis {
  const terms = { role: 'test', use: 'request', log, deadlineMs: 10 * TIMEOUT_MS, scripts: SCRIPTS } as const;
  return connectRedis(url, terms) as ScriptedRedis;
}

async function waitFor(replicas: number): Promise<ReplicaWait> {
  const redis = connect(primary.url);
  await connected(redis);
  return new ReplicaWait({ redis, keys, replicas, timeoutMs: TIMEOUT_MS });
}

const has = (version: number) => wait.has({ slot: 0, version });

it('ends when the replica has what was written before, by whichever connection', async () => {
  const client = primary.client();
  await client.set('before', '1');
  await has(1);
  expect(await replica.client().get('before')).toBe('1');
});

it('says so when the replica does not have it in time, and ends once it has', async () => {
  await has(1);
  replica.kill('SIGSTOP');
  try {
    await primary.client().set('after', '2');
    await expect(has(2)).rejects.toThrow(new NotReplicatedError(2, 0, 1));
  } finally {
    replica.kill('SIGCONT');
  }
  await expect.poll(() => has(2).then(() => 'has it', String)).toBe('has it');
  expect(await replica.client().get('after')).toBe('2');
});

it('says so when there are fewer replicas than asked for', async () => {
  const more = await waitFor(2);
  await expect(more.has({ slot: 0, version: 3 })).rejects.toThrow("of Redis' replicas 1 instead of 2");
  more.stop();
});

it('is one question for all who ask meanwhile', async () => {
  const client = primary.client();
  await client.config('RESETSTAT');
  await Promise.all(Array.from({ length: 100 }, (_, version) => has(version)));
  const [, calls] = /cmdstat_wait:calls=(\d+)/.exec(await client.info('commandstats')) ?? [];
  expect(Number(calls)).toBe(1);
});

it('works also where Redis is out of memory', async () => {
  const client = primary.client();
  await client.config('SET', 'maxmemory', '1');
  try {
    await expect(client.set('a', 'b')).rejects.toThrow('OOM');
    await has(4);
  } finally {
    await client.config('SET', 'maxmemory', '0');
  }
});

it('is refused where Redis does not answer', async () => {
  const redis = connect('redis://127.0.0.1:1');
  const away = new ReplicaWait({ redis, keys, replicas: 1, timeoutMs: TIMEOUT_MS });
  await expect(away.has({ slot: 0, version: 5 })).rejects.toThrow(CacheUnavailableError);
  away.stop();
});
