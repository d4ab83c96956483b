import { randomUUID } from 'node:crypto';
import { RedisWithJson } from '@hybrid-sync/services/redis-with-json';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keptParts } from '../cache/kept-value.js';
import { CacheKeys } from '../cache/keys.js';
import { directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { type ImportStores, importPlain } from './import-plain.js';
import { verify } from './verify.js';

const SLOTS = 2;
let world: RealWorld;
let sync: ReturnType<typeof directSync>;
const plain = `plain${randomUUID().slice(0, 8)}:`;
beforeAll(async () => {
  world = await realWorld(SLOTS);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  await world.redis.del(...(await world.redis.keys(`${plain}*`)), 'none');
});

type Bounds = {
  match?: string;
  apply?: boolean;
  samples?: number;
  cursor?: string;
  maxKeys?: number;
  hashes?: boolean;
  patienceMs?: number;
};
const importAll = (rest: Bounds = {}, stores: ImportStores = world) =>
  importPlain(
    stores,
    {
      set: async (input) => {
        const { key, op, version } = await sync.set(input);
        return { key, op, version, method: 'ASYNC_THREAD' };
      },
    },
    {
      match: `${plain}*`,
      apply: true,
      samples: 20,
      namespace: world.settings.namespace,
      hashes: false,
      maxKeyBytes: 100,
      maxValueBytes: 100,
      ...rest,
    },
  );

it('strings become synced pairs with the expiry they had; the plain keys stay', async () => {
  const expireAt = Date.now() + 3_600_123;
  await world.redis.set(`${plain}a`, 'ä');
  await world.redis.set(`${plain}b`, 'b', 'PXAT', expireAt);
  expect(await importAll()).toMatchObject({ complete: true, seen: 2, imported: 2 });
  expect(await world.cache.getMany([`${plain}a`, `${plain}b`])).toMatchObject([
    { value: 'ä' },
    { value: 'b', expireAt },
  ]);
  expect(await verify(world)).toMatchObject({ health: 'HEALTHY', keys: 2 });
  expect(await world.redis.get(`${plain}a`)).toBe('ä');
});

it('leaves alone what the system knows, deleted keys included, and so changes nothing the second time', async () => {
  for (const name of ['a', 'b']) await world.redis.set(plain + name, 'plain');
  await sync.set({ key: `${plain}a`, value: 'newer' });
  await sync.delete(`${plain}b`);
  expect(await importAll()).toMatchObject({ imported: 0, known: 2 });
  const pairs = await world.cache.getMany([`${plain}a`, `${plain}b`]);
  expect(pairs.map((pair) => pair?.value)).toEqual(['newer', undefined]);
});

it("leaves alone the system's own keys, whatever is asked for", async () => {
  const { namespace } = world.settings;
  await sync.set({ key: `${plain}a`, value: 'v' });
  const own = await world.redis.keys(`${namespace}:*`);
  expect(await Promise.all(own.map((name) => world.redis.type(name)))).toContain('string');
  expect(await importAll({ match: `${namespace}:*` })).toMatchObject({ complete: true, imported: 0 });
});

describe('what belongs to others', () => {
  const other = `${plain.slice(0, -1)}-other`;
  afterEach(async () => {
    const names = await world.redis.keys(`${other}*`);
    if (names.length > 0) await world.redis.del(...names);
  });

  it('is left alone and counted: another namespace, running or not', async () => {
    await world.redis.hset(`${other}:meta`, { layout: 1, slots: 2 });
    await world.redis.set(`${other}:{0}:clock`, '17');
    await world.redis.set(`${other}:check:lease`, 'pod');
    await world.redis.set(`${other}-user`, 'v');
    const report = await importAll({ match: `${other}*` });
    expect(report).toMatchObject({ seen: 4, reserved: 3, imported: 1, samples: [`${other}-user`] });
    expect(await world.cache.get(`${other}:{0}:clock`)).toBeUndefined();
  });

  it('is left alone and counted: a queue of BullMQ, whatever its prefix', async () => {
    const connection = world.redis.duplicate({ maxRetriesPerRequest: null });
    const queue = new Queue('mail', { connection, prefix: `${other}:in:it` });
    try {
      await queue.add('job', {});
      expect(await world.redis.type(`${other}:in:it:mail:id`)).toBe('string');
      const { seen, reserved, imported } = await importAll({ match: `${other}*` });
      expect({ reserved, imported }).toEqual({ reserved: seen, imported: 0 });
    } finally {
      await queue.close();
      connection.disconnect();
    }
  });

  it("is not what only has a key called meta of the user's own", async () => {
    await world.redis.hset(`${other}:a:meta`, { slots: 1, color: 'red' });
    await world.redis.set(`${other}:b:meta`, 'v');
    await world.redis.mset(`${other}:a:1`, 'v', `${other}:b:1`, 'v');
    expect(await importAll({ match: `${other}*` })).toMatchObject({ reserved: 0, imported: 3 });
  });
});

it('a dry run names what it would import, and writes nothing', async () => {
  for (const name of ['a', 'b', 'c']) await world.redis.set(plain + name, 'plain');
  await sync.set({ key: `${plain}c`, value: 'newer' });
  const before = await world.redis.keys(`${world.settings.namespace}:*`);
  const report = await importAll({ apply: false, samples: 1 });
  expect(report).toMatchObject({ applied: false, complete: true, importable: 2, imported: 0, known: 1 });
  expect(report.samples).toEqual([expect.stringMatching(/:[ab]$/)]);
  expect((await world.redis.keys(`${world.settings.namespace}:*`)).sort()).toEqual(before.sort());
  expect(await importAll()).toMatchObject({ applied: true, importable: 2, imported: 2 });
});

it('leaves alone a pair that has lost its shadow', async () => {
  await world.redis.set(`${plain}a`, 'plain');
  await sync.set({ key: `${plain}a`, value: 'newer' });
  await world.db.collection('kv_shadow').deleteMany({});
  expect(await importAll()).toMatchObject({ imported: 0, known: 1 });
  expect(await world.cache.get(`${plain}a`)).toMatchObject({ value: 'newer' });
});

describe('what a client deletes does not come back:', () => {
  const key = `${plain}deleted`;
  const pairNow = () => world.cache.get(key);
  beforeEach(() => world.redis.set(key, 'plain'));

  it('before the import, its tombstone still on its way', async () => {
    const { mutation } = await world.cache.delete(key);
    expect(await importAll({ patienceMs: 300 })).toMatchObject({
      complete: false,
      imported: 0,
      stopped: expect.stringContaining('journal'),
    });
    await world.shadows.apply([mutation], 'EVENT_BASED');
    await world.journal.remove([mutation]);
    expect(await importAll()).toMatchObject({ complete: true, imported: 0, known: 1 });
    expect(await pairNow()).toBeUndefined();
  });

  /** Imports, with something happening once, between the look for the shadow and the write. */
  const importAfter = async (happens: () => Promise<unknown>) => {
    let waiting: (() => Promise<unknown>) | undefined = happens;
    const report = await importAll(
      {},
      {
        ...world,
        shadows: {
          without: async (keys) => {
            const without = await world.shadows.without(keys);
            await waiting?.();
            waiting = undefined;
            return without;
          },
        },
      },
    );
    return report;
  };

  it('between the look for its shadow and the write', async () => {
    const report = await importAfter(async () => {
      await world.cache.set({ key, value: 'short-lived' });
      await world.cache.delete(key);
    });
    expect(report).toMatchObject({ complete: true, imported: 0, known: 1 });
    expect(await pairNow()).toBeUndefined();
  });

  it('nor is what a client sets then overwritten', async () => {
    const report = await importAfter(() => world.cache.set({ key, value: 'newer' }));
    expect(report).toMatchObject({ complete: true, imported: 0, known: 1 });
    expect(await pairNow()).toMatchObject({ value: 'newer' });
  });

  it('where the watch is lost meanwhile, and with it the note of the delete', async () => {
    const changed = new CacheKeys(world.settings.namespace, SLOTS);
    const loseWatch = async () => {
      for (let slot = 0; slot < SLOTS; slot++) await world.redis.del(changed.changed(slot));
    };
    const report = await importAfter(async () => {
      await sync.delete(key);
      await loseWatch();
    });
    expect(report).toMatchObject({ complete: true, seen: 1, imported: 0, known: 1 });
    expect(await pairNow()).toBeUndefined();
    await world.clear();
    expect(await importAfter(loseWatch)).toMatchObject({ complete: true, seen: 1, imported: 1 });
  });
});

it('bytes that are no text stay the same bytes, of the type for any', async () => {
  await world.redis.set(`${plain}binary`, Buffer.from([0xff, 0xfe]));
  await world.redis.set(`${plain}marked`, '\0data:text/html,<p>');
  expect(await importAll()).toMatchObject({ imported: 2, unfit: 0 });
  const pairs = await world.cache.getMany([`${plain}binary`, `${plain}marked`]);
  expect(pairs.map((pair) => keptParts(pair?.value ?? ''))).toEqual([
    { contentType: 'application/octet-stream', base64: true, text: '//4=' },
    { contentType: '', base64: false, text: '\0data:text/html,<p>' },
  ]);
});

it('hashes of texts become JSON with the expiry they had, where that is asked for', async () => {
  const expireAt = Date.now() + 3_600_123;
  await world.redis.hset(`${plain}ada`, { name: 'Ada', born: '1815', 'a"b': 'ä' });
  await world.redis.pexpireat(`${plain}ada`, expireAt);
  expect(await importAll()).toMatchObject({ imported: 0, otherTypes: 1 });
  expect(await importAll({ hashes: true })).toMatchObject({ imported: 1, otherTypes: 0 });
  const pair = await world.cache.get(`${plain}ada`);
  expect(pair).toMatchObject({ value: '{"a\\"b":"ä","born":"1815","name":"Ada"}', expireAt });
  expect(await verify(world)).toMatchObject({ health: 'HEALTHY', keys: 1 });
});

it('documents of RedisJSON become their JSON, with the expiry they had', async () => {
  const { TEST_REDIS_URL = '' } = process.env;
  const redis = await RedisWithJson.start(TEST_REDIS_URL, `${plain}json`);
  const behind = await realWorld(SLOTS, { REDIS_URL: redis.url });
  try {
    const text = '{"name":"Ada","born":1815,"of":["ä",null]}';
    const expireAt = Date.now() + 3_600_123;
    await world.redis.set(`${plain}json:1`, text, 'PXAT', expireAt);
    await world.redis.set(`${plain}json:2`, JSON.stringify('x'.repeat(99)));
    await world.redis.set(`${plain}json:3`, JSON.stringify('x'.repeat(4000)));
    await world.redis.set(`${plain}string`, 'v');
    const report = await importAll({}, { ...world, redis: behind.redis });
    expect(report).toMatchObject({ seen: 4, imported: 2, otherTypes: 0, unfit: 2 });
    expect(report.leftOut.map(({ reason }) => reason)).toEqual(['too long', 'too long']);
    expect(await world.cache.get(`${plain}json:1`)).toMatchObject({ value: text, expireAt });
    expect(await verify(world)).toMatchObject({ health: 'HEALTHY', keys: 2 });
  } finally {
    await behind.stop();
    await redis.stop();
  }
});

it('counts and names what it leaves out: other types, what is too long, what is no text', async () => {
  await world.redis.rpush(`${plain}list`, '1');
  await world.redis.set(`${plain}long`, 'x'.repeat(101));
  await world.redis.set(`${plain}bytes`, Buffer.alloc(90, 0xff));
  await world.redis.set(plain + 'k'.repeat(100), 'v');
  await world.redis.hset(`${plain}bad`, 'field', Buffer.from([0xff]));
  await world.redis.hset(`${plain}much`, 'field', 'x'.repeat(101));
  await world.redis.hset(`${plain}more`, 'field', 'x'.repeat(1001));
  const report = await importAll({ hashes: true });
  expect(report).toMatchObject({ seen: 7, imported: 0, otherTypes: 1, unfit: 6 });
  const named = Object.fromEntries(
    report.leftOut.map(({ key, reason }) => [key.slice(plain.length), reason]),
  );
  expect(named).toEqual({
    list: 'list',
    long: 'too long',
    bytes: 'too long',
    [`${'k'.repeat(100)}`]: 'too long',
    bad: 'holds what is no text',
    much: 'too long',
    more: 'too long',
  });
  expect((await importAll({ samples: 1 })).leftOut).toHaveLength(1);
});

it('goes on where the call before ended', async () => {
  const names = Array.from({ length: 1500 }, (_, index) => `${plain}${index}`);
  await world.redis.mset(...names.flatMap((name) => [name, 'v']));
  let cursor: string | undefined;
  let imported = 0;
  let calls = 0;
  do {
    const report = await importAll({ maxKeys: 1, ...(cursor === undefined ? {} : { cursor }) });
    imported += report.imported;
    cursor = report.cursor;
    calls++;
  } while (cursor !== undefined);
  expect({ imported, several: calls > 1 }).toEqual({ imported: 1500, several: true });
});
