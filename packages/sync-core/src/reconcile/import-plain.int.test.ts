import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { directSync } from '../testing/damage.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { importPlain } from './import-plain.js';
import { verify } from './verify.js';

let world: RealWorld;
let sync: ReturnType<typeof directSync>;
const plain = `plain${randomUUID().slice(0, 8)}:`;
beforeAll(async () => {
  world = await realWorld(2);
  sync = directSync(world);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  await world.redis.del(...(await world.redis.keys(`${plain}*`)), 'none');
});

const importAll = (rest: { cursor?: string; maxKeys?: number } = {}) =>
  importPlain(
    world,
    {
      set: async (input) => {
        const { key, op, version } = await sync.set(input);
        return { key, op, version, method: 'ASYNC_THREAD' };
      },
    },
    {
      match: `${plain}*`,
      namespace: world.settings.namespace,
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
  for (const name of ['a', 'b', 'c']) await world.redis.set(plain + name, 'plain');
  await sync.set({ key: `${plain}a`, value: 'newer' });
  await sync.delete(`${plain}b`);
  await world.cache.set({ key: `${plain}c`, value: 'not synced yet' });
  expect(await importAll()).toMatchObject({ imported: 0, known: 3 });
  const pairs = await world.cache.getMany([`${plain}a`, `${plain}b`, `${plain}c`]);
  expect(pairs.map((pair) => pair?.value)).toEqual(['newer', undefined, 'not synced yet']);
});

it('counts what it leaves out: other types, what is too long, what is no text', async () => {
  await world.redis.rpush(`${plain}list`, '1');
  await world.redis.set(`${plain}long`, 'x'.repeat(101));
  await world.redis.set(`${plain}binary`, Buffer.from([0xff, 0xfe]));
  await world.redis.set(plain + 'k'.repeat(100), 'v');
  expect(await importAll()).toMatchObject({ seen: 4, imported: 0, otherTypes: 1, unfit: 3 });
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
