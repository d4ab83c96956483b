import { Metrics, Pod, type PodParts } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { configurationOf } from '../system/store-settings.js';
import type { OpenTheRow } from './row.js';

/** How the pod of a row differs from one of an application. */
interface CoreRow {
  /** Of so many calls one is a write, and the others read; 1 unless given. */
  readonly writesOneIn?: number;
  /** `none`: shadows are not written, which leaves the machinery alone. */
  readonly store?: 'none';
  /** `none`: nothing is counted for Prometheus, which tells what that costs. */
  readonly metrics?: 'none';
}

/** This system in the process of an application: one pod. */
export function core({ writesOneIn = 1, store, metrics }: CoreRow = {}): OpenTheRow {
  return async (surroundings) => {
    const { pairs, settings } = surroundings;
    const parts: PodParts = {
      ...(store && { shadowWriter: { apply: async () => ({ stale: 0, failed: new Map() }) } }),
      ...(metrics && { metrics: new Metrics('api', false) }),
    };
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
        if (number % writesOneIn === 0) return (await sync.set({ key, value })).method;
        await cache.get(key);
        return undefined;
      },
      close: () => pod.stop(),
    };
  };
}
