import { type BenchSystem, settingsOf } from '@hybrid-sync/bench';
import { connectStores } from '@hybrid-sync/sync-core';
import { OwnedParts, type Profile, randomStream, ValueMaker } from '@hybrid-sync/trials';
import { pino } from 'pino';

/** How long the store is measured at most, in milliseconds. */
const LONGEST_MS = 5000;
/** Mutations in one bulk write, and bulk writes at a time: enough to keep the line busy, few enough to end soon. */
const BATCH = 16;
const AT_ONCE = 4;

/**
 * What the store takes by a line that lets so many bytes through in a second: how many mutations per second its bulk writes
 * bring to their shadows, with values of the profile's mean size and nothing else going on. It takes no longer than a quarter
 * of the load will, which is `loadMs` long.
 */
export async function measureStoreRate(
  system: BenchSystem,
  bytesPerSecond: number,
  { keyBytes, valueBytes }: Profile,
  loadMs: number,
  signal: AbortSignal,
): Promise<number> {
  const near = system.stores('rate');
  await using owned = new OwnedParts();
  const line = owned.own(await system.startDelayLine(near.mongodbUrl, 0, bytesPerSecond));
  const settings = settingsOf({ ...near, mongodbUrl: line.url });
  const stores = owned.own(await connectStores(settings, pino({ level: 'silent' })));
  await stores.mongo.ensureIndexes();
  const values = new ValueMaker('store rate');
  const random = randomStream('store rate', 'keys');
  let number = 0;
  const batch = () =>
    Array.from({ length: BATCH }, () => {
      const key = `rate:${number}:${random()}`.padEnd(Math.round(keyBytes), '.');
      const value = values.value(++number, Math.round(valueBytes));
      return { key, slot: 0, version: number, op: 'set' as const, value };
    });
  let written = 0;
  const write = async (until: number) => {
    while (performance.now() < until) {
      signal.throwIfAborted();
      const mutations = batch();
      await stores.shadows.apply(mutations, 'ASYNC_THREAD');
      written += mutations.length;
    }
  };
  const run = async (lengthMs: number) => {
    written = 0;
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => write(startedAt + lengthMs)));
    return (1000 * written) / (performance.now() - startedAt);
  };
  const lengthMs = Math.min(LONGEST_MS, loadMs / 4);
  await run(lengthMs / 5);
  return await run(lengthMs);
}
