import { setTimeout as delay } from 'node:timers/promises';
import { Pod } from '@hybrid-sync/sync-core';
import { LatencyRecorder, type LatencySummary } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { Pairs } from '../load/pairs.js';
import type { StoreUrls } from '../system/bench-system.js';
import { configurationOf } from '../system/store-settings.js';

/** Writes in mode `event-only`, one after the other; a projector runs beside. */
export interface FallbackTask extends StoreUrls {
  readonly seed: string;
  readonly writes: number;
}

/** Unmeasured writes before. */
const WARM_UP_WRITES = 20;
/** Pause between two writes, in milliseconds, in which the projector comes to rest. */
const PAUSE_MS = 20;

/** Measures the time from an `EVENT_BASED` answer until the shadow holds the version, by looking again and again. */
export async function runFallbackTask(task: FallbackTask): Promise<LatencySummary> {
  const { seed, writes } = task;
  const pod = new Pod(
    configurationOf(task, { SYNC_MODE: 'event-only' }),
    pino({ level: 'warn' }, pino.destination(2)),
  );
  try {
    await pod.start();
    const pairs = new Pairs(seed);
    const recorder = new LatencyRecorder();
    const { shadows } = pod.stores;
    for (let number = 0; number < WARM_UP_WRITES + writes; number++) {
      const { key, value } = pairs.at(number);
      const { method, version } = await pod.running.sync.set({ key, value });
      const answeredAt = performance.now();
      if (method !== 'EVENT_BASED') throw new Error(`a write was answered ${method}`);
      while (Number((await shadows.find(key))?.version ?? 0) < version);
      if (number >= WARM_UP_WRITES) recorder.record(performance.now() - answeredAt);
      await delay(PAUSE_MS);
    }
    return recorder.summary();
  } finally {
    await pod.stop();
  }
}
