import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CacheUnavailableError, JournalFullError } from '../errors.js';
import { Metrics } from '../metrics/metrics.js';
import { drainSlot } from '../projection/drain-slot.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { CacheKeys } from './keys.js';

const MEBIBYTE = 1024 * 1024;
const later = 60_000;

const drain = (world: RealWorld) =>
  drainSlot(
    0,
    { ...world, metrics: new Metrics('projector'), log: pino({ level: 'silent' }) },
    { batch: 500, recoverAfterMs: -later },
    new AbortController().signal,
  );

describe('the bytes of a journal', () => {
  let world: RealWorld;
  beforeAll(async () => {
    world = await realWorld(1, { JOURNAL_MAX_BYTES_PER_SLOT: String(MEBIBYTE) });
  });
  afterAll(() => world.stop());
  beforeEach(() => world.clear());
  const value = 'v'.repeat(100_000);
  const fill = async () => {
    let taken = 0;
    for (;;) {
      try {
        await world.cache.set({ key: `key ${taken}`, value });
        taken++;
      } catch (error) {
        if (error instanceof JournalFullError) return taken;
        throw error;
      }
    }
  };

  it('are bounded; a write that does not fit is refused, a delete is not', async () => {
    const taken = await fill();
    expect(taken).toBeGreaterThanOrEqual(8);
    expect(taken).toBeLessThanOrEqual(10);
    await expect(world.cache.resync('key 0')).rejects.toThrow(JournalFullError);
    await expect(world.cache.set({ key: 'key 0', value })).rejects.toThrow(JournalFullError);
    await expect(world.cache.delete('key 0')).resolves.toMatchObject({ existed: true });
    expect((await world.journal.depth()).largest).toBeGreaterThan(800_000);
  });

  it('are free again once entries are removed, by whichever version of the service', async () => {
    const taken = await fill();
    await drain(world);
    expect(await fill()).toBe(taken);
    const journal = new CacheKeys(world.settings.namespace, 1).journal(0);
    const oldest = await world.redis.xrange(journal, '-', '+', 'COUNT', 4);
    await world.redis.xdel(journal, ...oldest.map(([id]) => id));
    await expect(world.cache.set({ key: 'a', value })).resolves.toMatchObject({ key: 'a' });
  });

  it('bound no write of a slot that is all applied, however much was written before', async () => {
    for (let turn = 0; turn < 30; turn++) {
      const mutation = await world.cache.set({ key: 'a', value });
      await world.journal.remove([mutation]);
    }
    await expect(world.cache.set({ key: 'a', value: 'v'.repeat(2 * MEBIBYTE) })).resolves.toBeDefined();
  });

  it('are what a page is bounded by', async () => {
    await fill();
    expect(await world.journal.overdue(0, Date.now() + later, 500, { bytes: 250_000 })).toHaveLength(3);
    expect(await world.journal.overdue(0, Date.now() + later, 500, { bytes: 1 })).toHaveLength(1);
  });
});

describe('a Redis that is out of memory', () => {
  let own: OwnRedis;
  let world: RealWorld;
  beforeEach(async () => {
    own = await OwnRedis.start({ settings: { maxmemory: '24mb', 'maxmemory-policy': 'noeviction' } });
    world = await realWorld(1, { REDIS_URL: own.url });
    for (const bytes of [100_000, 2000, 100]) await fillWith(bytes);
  }, 60_000);
  afterEach(async () => {
    await world.stop();
    await own.stop();
  });
  let written = 0;
  const fillWith = async (bytes: number) => {
    for (;;) {
      try {
        await world.cache.set({ key: `key ${written++}`, value: 'v'.repeat(bytes) });
      } catch (error) {
        expect(error).toBeInstanceOf(CacheUnavailableError);
        expect((error as Error).message).toContain('OOM');
        return;
      }
    }
  };

  it('takes deletes, is drained, and takes writes again', async () => {
    expect(await world.cache.delete('key 0')).toMatchObject({ existed: true });
    for (let key = 1; key < 20; key++) await world.cache.delete(`key ${key}`);
    await fillWith(2000);
    await drain(world);
    expect(await world.journal.totalLength()).toBe(0);
    expect(await world.marker.find(0)).toBeUndefined();
    await expect(world.cache.set({ key: 'a', value: 'again' })).resolves.toMatchObject({ value: 'again' });
  });

  it('takes the mark of a drain', async () => {
    await world.marker.put(0, { source: 'journal', from: 1, to: 2 });
    expect(await world.marker.find(0)).toEqual({ source: 'journal', from: 1, to: 2 });
  });
});
