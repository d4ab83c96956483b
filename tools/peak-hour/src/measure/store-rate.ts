import type { Stores } from '@hybrid-sync/sync-core';
import type { Profile } from '@hybrid-sync/trials';
import { randomStream, ValueMaker } from '@hybrid-sync/trials';

/** How long the store is measured at most, in milliseconds. */
const LONGEST_MS = 5000;
/** Mutations in one bulk write, and bulk writes at a time: enough to keep the line busy, few enough to end soon. */
const BATCH = 16;
const AT_ONCE = 4;

/**
 * What the store takes: how many mutations per second its bulk writes bring to their shadows, with values of the
 * profile's mean size and nothing else going on. It takes no longer than a quarter of the load will, which is `loadMs` long.
 */
export async function measureStoreRate(
  shadows: Stores['shadows'],
  { keyBytes, valueBytes }: Profile,
  loadMs: number,
  signal: AbortSignal,
): Promise<number> {
  const values = new ValueMaker('store rate');
  const random = randomStream('store rate', 'keys');
  let number = 0;
  const batch = () =>
    Array.from({ length: BATCH }, () => {
      const key = `rate:${number}:${random()}`.padEnd(Math.round(keyBytes), '.');
      return {
        key,
        slot: 0,
        version: ++number,
        op: 'set' as const,
        value: values.value(number, Math.round(valueBytes)),
      };
    });
  let written = 0;
  const write = async (until: number) => {
    while (performance.now() < until) {
      signal.throwIfAborted();
      const mutations = batch();
      await shadows.apply(mutations, 'ASYNC_THREAD');
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
  return run(lengthMs);
}
