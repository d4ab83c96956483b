import { Metrics, Pod, type PodParts } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { configurationOf } from '../system/store-settings.js';
import type { OpenRow, RowSurroundings } from './row.js';

/** This system in the process of an application: one pod. */
export function core(surroundings: RowSurroundings): Promise<OpenRow> {
  return openPod(surroundings);
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

async function openPod(surroundings: RowSurroundings, parts: PodParts = {}): Promise<OpenRow> {
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
  return {
    async write(number) {
      const { key, value } = pairs.at(number);
      const { method } = await sync.set({ key, value });
      return method;
    },
    close: () => pod.stop(),
  };
}
