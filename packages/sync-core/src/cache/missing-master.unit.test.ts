import { expect, it } from 'vitest';
import { CacheUnavailableError } from '../errors.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { ScriptedRedis } from '../redis/scripts.js';
import { CacheRestorer } from './cache-restorer.js';
import { Journal } from './journal.js';
import { CacheKeys, slotOf } from './keys.js';
import { PairReader } from './pair-reader.js';

const keys = new CacheKeys('hs', 2);
/** A key of each slot. */
const both = [0, 1].map((slot) => ['a', 'b', 'c', 'd'].find((key) => slotOf(key, 2) === slot) ?? '');

/** The second slot has no master, and that of the first one fails a little later. */
const redis = {
  spread: true,
  at(key: string) {
    if (key.includes('{1}')) throw new Error('no master has this hash slot');
    return new Proxy({} as ScriptedRedis, {
      get: () => () => new Promise((_, reject) => setImmediate(() => reject(new Error('gone')))),
    });
  },
} as unknown as CacheConnection;

it.each<[string, () => Promise<unknown>]>([
  ['measuring values', () => new PairReader(redis, keys).bytesOf(both)],
  ['looking for pairs', () => new PairReader(redis, keys).without(both)],
  ['reading pairs', () => new PairReader(redis, keys).look(both)],
  ['measuring the journals', () => new Journal(redis, keys).totalLength()],
  ['looking at the heads', () => new Journal(redis, keys).depth()],
  ['watching', () => new CacheRestorer(redis, keys).watch()],
  [
    'raising clocks',
    () =>
      new CacheRestorer(redis, keys).raiseClocks(
        new Map([
          [0, 1],
          [1, 1],
        ]),
      ),
  ],
])('%s fails, and leaves no failure to no one, where one slot has no master', async (_, ask) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  await expect(ask()).rejects.toThrow(CacheUnavailableError);
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
