import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CacheKeys, slotOf } from '../cache/keys.js';
import { type HybridSyncHandle, type OpenOptions, openHybridSync } from '../embedded.js';
import { testDatabaseUrl } from '../testing/test-database.js';

const name = `e${randomUUID().slice(0, 8)}`;
const redisUrl = process.env.TEST_REDIS_URL ?? '';
const namespaces = [name, `${name}x`];
const redis = new Redis(redisUrl);
const clients = namespaces.map((each) => new MongoClient(testDatabaseUrl(each)));

const open = (nth: 0 | 1, options: Partial<OpenOptions> = {}) =>
  openHybridSync({
    redis: redisUrl,
    mongodb: testDatabaseUrl(namespaces[nth] ?? ''),
    ...options,
    settings: {
      namespace: namespaces[nth] ?? '',
      asyncTimeoutMs: 20_000,
      mode: 'hybrid',
      ...options.settings,
    },
  });

afterAll(async () => {
  for (const each of namespaces) {
    const keys = await redis.keys(`${each}:*`);
    if (keys.length > 0) await redis.del(...keys);
  }
  for (const client of clients) {
    await client.db().dropDatabase();
    await client.close();
  }
  redis.disconnect();
});

describe('the synchronization inside an application', () => {
  const registry = new Registry();
  const environment = JSON.stringify(process.env);
  let one: HybridSyncHandle;
  let other: HybridSyncHandle;
  beforeAll(async () => {
    [one, other] = await Promise.all([
      open(0, { redis, mongodb: clients[0] ?? '', registry }),
      open(1, { roles: ['write'] }),
    ]);
  });
  afterAll(() => Promise.all([one.close(), other.close()]));

  it('writes, reads, deletes and verifies, two of them apart from each other', async () => {
    expect(await one.set('a', '1', { ttlSec: 60 })).toMatchObject({ key: 'a', method: 'ASYNC_THREAD' });
    expect(await other.set('a', '2')).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(await one.get('a')).toMatchObject({ value: '1', expireAt: expect.any(Number) });
    expect(await other.get('a')).toMatchObject({ value: '2' });
    expect(await one.delete('a')).toMatchObject({ existed: true });
    expect(await one.get('a')).toBeUndefined();
    for (const each of [one, other])
      expect(await each.verify()).toMatchObject({ complete: true, differing: 0 });
  });

  it('writes to the database of the client that it was given', async () => {
    const { version } = await one.set('given', 'v');
    const shadow = await clients[0]?.db().collection('kv_shadow').findOne({ lastValue: 'v' });
    expect(shadow).toMatchObject({ _id: 'given', version });
  });

  it('applies events, where it projects', async () => {
    const { version, method } = await one.set('event', 'v', { mode: 'event-only' });
    expect(method).toBe('EVENT_BASED');
    await expect
      .poll(() => clients[0]?.db().collection('kv_shadow').findOne({ lastValue: 'v', version }))
      .toMatchObject({ _id: 'event' });
  });

  it('counts in the registry that it was given, and changes nothing else of it', async () => {
    const text = await registry.metrics();
    expect(text).toMatch(/^hybrid_sync_mutations_total\{op="set",method="ASYNC_THREAD"\} [1-9]/m);
    expect(text).toContain('hybrid_sync_projected_total');
    expect(text).not.toContain('process_cpu');
  });

  it('is ready in each of its roles', () => {
    expect(one.readiness()).toMatchObject({ write: { ready: true }, project: { ready: true } });
    expect(Object.keys(other.readiness())).toEqual(['write']);
  });

  it.each([
    ['', 'v', 'key'],
    ['k'.repeat(1025), 'v', 'key'],
    ['a', '\ud800', 'value'],
  ])('refuses what the cache does not take: %#', async (key, value, field) => {
    await expect(one.set(key, value)).rejects.toMatchObject({ code: 'INVALID_INPUT', field });
  });

  it.each<[field: string, options: object]>([
    ['ttlSec', { ttlSec: -5 }],
    ['ttlSec', { ttlSec: 'x' }],
    ['ttlMs', { ttlMs: 0.5 }],
    ['expireAt', { expireAt: Number.NaN }],
    ['mode', { mode: 'nope' }],
    ['answer', { answer: 'nope' }],
    // Of the client: passed over, it would be a write without its condition.
    ['ifVersion', { ifVersion: 7 }],
    ['precondition', { precondition: { is: 'macth', versions: [7] } }],
    ['precondition', { precondition: { is: 'match', version: 7 } }],
    ['sessionId', { sessionId: 7 }],
    ['options', 'nope' as never],
  ])('refuses to write on terms that are none: %s, %#', async (field, options) => {
    await expect(one.set('terms', 'v', options)).rejects.toMatchObject({ code: 'INVALID_INPUT', field });
    expect(await one.get('terms')).toBeUndefined();
  });

  it('refuses to delete on terms that are none', async () => {
    await one.set('kept', 'v');
    const options = { ifVersion: 7 } as object;
    await expect(one.delete('kept', options)).rejects.toMatchObject({ field: 'ifVersion' });
    expect(await one.get('kept')).toMatchObject({ value: 'v' });
    await one.delete('kept');
  });

  it('gives a value as it was set, whatever it looks like, and one of others with its type', async () => {
    const marked = '\0data:text/html,<p>';
    await one.set('marked', marked);
    expect(await one.get('marked')).toEqual({ key: 'marked', value: marked, version: expect.any(Number) });
    await redis.hset(
      new CacheKeys(name, 32).pair(slotOf('marked', 32), 'marked'),
      'value',
      '\0data:image/png;base64,/wA=',
    );
    expect(await one.get('marked')).toMatchObject({
      value: '/wA=',
      contentType: 'image/png',
      encoding: 'base64',
    });
    await one.delete('marked');
  });

  it('refuses a write where it does not write', async () => {
    const projecting = await open(1, { roles: ['project'] });
    await expect(projecting.set('a', 'v')).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(await projecting.get('a')).toMatchObject({ value: '2' });
    await projecting.close();
  });

  it('reads and changes no environment', () => {
    expect(JSON.stringify(process.env)).toBe(environment);
  });
});

it('leaves what it was given open when it closes', async () => {
  const mongodb = clients[1] ?? '';
  const opened = await open(1, { redis, mongodb, roles: ['write'] });
  await Promise.all([opened.close(), opened.close()]);
  for (const asked of [opened.set('a', 'v'), opened.get('a'), opened.delete('a'), opened.verify()]) {
    await expect(asked).rejects.toMatchObject({ code: 'NOT_READY', message: 'closed' });
  }
  expect(await redis.ping()).toBe('PONG');
  expect(await clients[1]?.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
});

it('says what it waited for in vain, and closes', async () => {
  const away = 'redis://127.0.0.1:1';
  await expect(open(0, { redis: away, readyWithinMs: 300 })).rejects.toMatchObject({
    code: 'NOT_READY',
    message: expect.stringMatching(/^not ready within 300 ms: .*Redis/),
  });
});

it.each<[what: string, options: object, fault: string]>([
  ['none', {}, 'redis: must be a URL, or a connection'],
  ['no client', { mongodb: {} }, 'mongodb: must be a URL, or a MongoClient'],
  ['a role that is none', { roles: ['write', 'projct'] }, 'roles: must hold "write"'],
  ['a role alone', { roles: 'write' }, 'roles: must hold "write"'],
  ['no role', { roles: [] }, 'roles: must hold "write"'],
  ['no time', { readyWithinMs: Number.NaN }, 'readyWithinMs: '],
  ['a wrong name', { setings: {} }, 'setings: not an option'],
])('names an option at fault: %s', async (what, options, fault) => {
  const given = what === 'none' ? options : { redis: redisUrl, mongodb: testDatabaseUrl(name), ...options };
  const opening = openHybridSync(given as OpenOptions);
  await expect(opening).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining(fault),
  });
});

it('names a setting at fault', async () => {
  await expect(open(0, { settings: { slots: 0 } })).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('slots'),
  });
});

describe('two of them on one namespace in one process', () => {
  it('see what the other wrote, and either one goes on when the other closes', async () => {
    const [one, other] = await Promise.all([open(0), open(0)]);
    await one.set('shared', '1');
    expect(await other.get('shared')).toMatchObject({ value: '1' });
    const written = await other.set('shared', '2', { precondition: { is: 'match', versions: 'any' } });
    await one.close();
    expect(await other.set('shared', '3')).toMatchObject({ method: 'ASYNC_THREAD' });
    await expect(
      other.set('shared', '4', { precondition: { is: 'match', versions: [written.version] } }),
    ).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(await other.verify({ prefix: 'shared' })).toMatchObject({ complete: true, differing: 0 });
    await other.close();
  });

  it('answers every write that was under way when it closed, and keeps it', async () => {
    const [one, other] = await Promise.all([open(0), open(0)]);
    const keys = Array.from({ length: 200 }, (_, at) => `closing:${at}`);
    const writes = Promise.allSettled(keys.map((key) => one.set(key, 'v')));
    await one.close();
    const answers = await writes;
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    const held = await Promise.all(keys.map((key) => other.get(key)));
    expect(held.every((pair) => pair?.value === 'v')).toBe(true);
    expect(await other.verify({ prefix: 'closing:' })).toMatchObject({ complete: true, differing: 0 });
    await other.close();
  });
});
