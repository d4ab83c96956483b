import { once } from 'node:events';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CacheUnavailableError, NotReplicatedError } from '../errors.js';
import { connected, connectRedis } from '../redis/connect-redis.js';
import { SCRIPTS, type ScriptedRedis } from '../redis/scripts.js';
import { CacheKeys } from './keys.js';
import { ReplicaWait } from './replica-wait.js';

const TIMEOUT_MS = 500;
const log = pino({ level: 'silent' });
const keys = new CacheKeys('hs', 1);

let primary: OwnRedis;
let replica: OwnRedis;
let writes: ScriptedRedis;
let wait: ReplicaWait;
beforeAll(async () => {
  primary = await OwnRedis.start();
  replica = await OwnRedis.start({ settings: { replicaof: `127.0.0.1 ${primary.port}` } });
  writes = connect(primary.url);
  await connected(writes);
});
afterAll(async () => {
  wait.stop();
  writes.disconnect();
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

async function waitFor(replicas: number, url = primary.url): Promise<ReplicaWait> {
  const redis = connect(url);
  await connected(redis);
  return new ReplicaWait({ redis, writes, keys, replicas, timeoutMs: TIMEOUT_MS });
}

const has = (version: number, sentAt = performance.now()) => wait.has({ slot: 0, version }, sentAt);

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
  await expect(more.has({ slot: 0, version: 3 }, performance.now())).rejects.toThrow(
    "of Redis' replicas 1 instead of 2",
  );
  more.stop();
});

it('is one question for all who ask meanwhile', async () => {
  const client = primary.client();
  await client.config('RESETSTAT');
  await Promise.all(Array.from({ length: 100 }, (_, version) => has(version)));
  const [, calls] = /cmdstat_wait:calls=(\d+)/.exec(await client.info('commandstats')) ?? [];
  expect(Number(calls)).toBe(1);
});

it('counts no replica of a server that another one took the place of since the mutation was sent', async () => {
  const sentAt = performance.now();
  writes.disconnect(true);
  await once(writes, 'ready');
  await expect(has(6, sentAt)).rejects.toThrow(new NotReplicatedError(6, 0, 1));
  await has(7);
});

it('counts no replica of another server than the one that mutations go to', async () => {
  const other = await OwnRedis.start();
  const itsReplica = await OwnRedis.start({ settings: { replicaof: `127.0.0.1 ${other.port}` } });
  const elsewhere = await waitFor(1, other.url);
  try {
    await expect.poll(() => other.client().info('replication')).toContain('state=online');
    const asked = elsewhere.has({ slot: 0, version: 8 }, performance.now());
    await expect(asked).rejects.toThrow(new NotReplicatedError(8, 0, 1));
  } finally {
    elsewhere.stop();
    await itsReplica.stop();
    await other.stop();
  }
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
  const away = new ReplicaWait({ redis, writes, keys, replicas: 1, timeoutMs: TIMEOUT_MS });
  await expect(away.has({ slot: 0, version: 5 }, performance.now())).rejects.toThrow(CacheUnavailableError);
  away.stop();
});
