import { Metrics, Pod, type PodParts } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { configurationOf } from '../system/store-settings.js';
import { type OpenRow, type RowSurroundings, WRITES_ONE_IN } from './row.js';

/** This system in the process of an application: one pod. */
export function core(surroundings: RowSurroundings): Promise<OpenRow> {
  return openPod(surroundings);
}

/** The same, four reads to each write. */
export async function coreMix(surroundings: RowSurroundings): Promise<OpenRow> {
  return openPod(surroundings, {}, WRITES_ONE_IN);
}

/** The same with a store that does nothing: the machinery alone. */
export function coreNoStore(surroundings: RowSurroundings): Promise<OpenRow> {
  const shadowWriter = { apply: async () => ({ stale: 0, failed: new Map() }) };
  return openPod(surroundings, { shadowWriter });
}

/** The same, with the store, but nothing counted for Prometheus: what that costs. */
export function coreNoMetrics(surroundings: RowSurroundings): Promise<OpenRow> {
  return openPod(surroundings, { metrics: new Metrics('api', false) });
}

/** `writesOneIn`: of so many calls one is a write, and the others read. */
async function openPod(
  surroundings: RowSurroundings,
  parts: PodParts = {},
  writesOneIn = 1,
): Promise<OpenRow> {
  const { pairs, settings } = surroundings;
  const log = pino({ level: 'warn' }, pino.destination(2));
  const pod = new Pod(configurationOf(surroundings, settings), log, parts);
  try {
    await pod.start();
  } catch (error) {
    await pod.stop();
    throw error;
  }
  const { sync } = pod.running;
  const { cache } = pod.stores;
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      if (number % writesOneIn !== 0) {
        await cache.get(key);
        return undefined;
      }
      const { method } = await sync.set({ key, value });
      return method;
    },
    close: () => pod.stop(),
  };
}
