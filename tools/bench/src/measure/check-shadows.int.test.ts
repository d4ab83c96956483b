import { randomUUID } from 'node:crypto';
import { connectStores, type Stores } from '@hybrid-sync/sync-core';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreUrls } from '../system/bench-system.js';
import { settingsOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';

const KEYS = ['a', 'b', 'never written'];
const signal = new AbortController().signal;

let urls: StoreUrls;
let stores: Stores;
beforeEach(async () => {
  const { TEST_REDIS_URL: redisUrl, TEST_MONGODB_URL } = process.env;
  if (!redisUrl || !TEST_MONGODB_URL) throw new Error('run this test with "npm test"');
  const namespace = `bench-${randomUUID().slice(0, 8)}`;
  const mongodbUrl = new URL(TEST_MONGODB_URL);
  mongodbUrl.pathname = `/${namespace}`;
  urls = { redisUrl, mongodbUrl: mongodbUrl.href, namespace };
  stores = await connectStores(settingsOf(urls), pino({ level: 'silent' }));
});
afterEach(async () => {
  const keys = await stores.redis.at('any').keys(`${urls.namespace}:*`);
  if (keys.length > 0) await stores.redis.at('any').del(...keys);
  const mongo = new MongoClient(urls.mongodbUrl);
  await mongo.db().dropDatabase();
  await mongo.close();
  await stores.stop();
});

/** Writes pairs and brings them to their shadows, as a row does. */
async function write(...keys: string[]): Promise<void> {
  for (const key of keys) {
    const mutation = await stores.cache.set({ key, value: `value of ${key}` });
    await stores.shadows.apply([mutation], 'ASYNC_THREAD');
    await stores.journal.remove([mutation]);
  }
}

describe('the check after a row', () => {
  it('tells how many pairs it compared with their shadows', async () => {
    await write('a', 'b');
    expect(await checkShadows({ ...urls, keys: KEYS, signal })).toBe(2);
  });

  it('fails when a pair has another version than its shadow', async () => {
    await write('a', 'b');
    await stores.journal.remove([await stores.cache.set({ key: 'b', value: 'lost on the way' })]);
    await expect(checkShadows({ ...urls, keys: KEYS, signal })).rejects.toThrow(
      /^b: the cache has version \d+, the shadow \d+$/,
    );
  });

  it('fails when a pair has no shadow', async () => {
    await write('a');
    await stores.journal.remove([await stores.cache.set({ key: 'b', value: 'lost on the way' })]);
    await expect(checkShadows({ ...urls, keys: KEYS, signal })).rejects.toThrow(
      /^b: .* the shadow undefined$/,
    );
  });

  it('fails when a shadow has the version, but another value', async () => {
    const mutation = await stores.cache.set({ key: 'a', value: 'right' });
    await stores.shadows.apply([{ ...mutation, value: 'wrong' }], 'ASYNC_THREAD');
    await stores.journal.remove([mutation]);
    await expect(checkShadows({ ...urls, keys: KEYS, signal })).rejects.toThrow(/^a: /);
  });

  it('fails when there is nothing to compare', async () => {
    await expect(checkShadows({ ...urls, keys: KEYS, signal })).rejects.toThrow(
      'the cache is empty after the load',
    );
  });
});
