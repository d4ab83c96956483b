import { setTimeout as delay } from 'node:timers/promises';
import { connectStores, type Stores } from '@hybrid-sync/sync-core';
import { FastPathOutage, fastQueueOf, OwnedParts, type Progress } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { Pairs } from '../load/pairs.js';
import { KEYS } from '../measure/row-under-test.js';
import { outboxDrained } from '../projection/outbox-drained.js';
import { fillShadows } from '../rows/row-connections.js';
import { SubjectProcess } from '../subject/subject-process.js';
import type { BenchSystem, StoreUrls } from '../system/bench-system.js';
import { envOf, settingsOf } from '../system/store-settings.js';
import {
  DELAYS_MS,
  loadsWith,
  OUTAGE_MS,
  settingsWith,
  TUNING_CLIENTS,
  type TuningLoad,
  type TuningResult,
} from './tuning-plan.js';

/** Unmeasured load at the head of each load, in measured times. */
const LEAD_IN_SHARE = 0.5;
/** Load before and after an outage, in seconds. */
const AROUND_OUTAGE_S = 1;

/** What {@link measureTuning} works with. */
export interface TuningMeasurement {
  readonly system: BenchSystem;
  readonly seed: string;
  /** Measured time of each load, in seconds. */
  readonly seconds: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Measures a pod under all loads, with a line to MongoDB that holds its replies back. */
export async function measureTuning(measurement: TuningMeasurement): Promise<TuningResult[]> {
  const results: TuningResult[] = [];
  for (const delayMs of DELAYS_MS) results.push(...(await measureWith(delayMs, measurement)));
  return results;
}

async function measureWith(delayMs: number, measurement: TuningMeasurement): Promise<TuningResult[]> {
  const { system, seed, progress, signal } = measurement;
  const near = system.stores('tune');
  await fillShadows(near.mongodbUrl, new Pairs(seed, KEYS));
  const owned = new OwnedParts();
  const results: TuningResult[] = [];
  try {
    const line = await system.startDelayLine(near.mongodbUrl, delayMs);
    owned.add(() => line.stop());
    const far = { ...near, mongodbUrl: line.url };
    const projector = await system.startApp('projector', envOf(far));
    owned.add(() => projector.stop());
    const stores = await connectStores(settingsOf(near), pino({ level: 'silent' }));
    owned.add(() => stores.stop());
    const subject = new SubjectProcess({ signal });
    owned.add(() => subject.stop());
    const loads = loadsWith(delayMs);
    progress.begin(`${delayMs} ms added to every store call`, loads.length);
    for (const load of loads) {
      const result = await measureLoad(load, subject, far, stores, measurement);
      results.push(result);
      progress.update(results.length, `${load.experiment}, ${load.threads} threads, ${load.timeoutMs} ms`);
    }
    progress.end();
    return results;
  } finally {
    await owned.stop();
  }
}

async function measureLoad(
  load: TuningLoad,
  subject: SubjectProcess,
  urls: StoreUrls,
  stores: Stores,
  { seed, seconds, signal }: TuningMeasurement,
): Promise<TuningResult> {
  await subject.run('openRow', {
    row: 'core',
    ...urls,
    seed,
    keys: KEYS,
    maxClients: TUNING_CLIENTS,
    settings: settingsWith(load),
  });
  const leadInSeconds = LEAD_IN_SHARE * seconds;
  const run = (length: number) =>
    subject.run('runCell', { clients: TUNING_CLIENTS, batch: 1, leadInSeconds, seconds: length });
  try {
    const { calls, notFast, latencies, ...measured } =
      load.experiment === 'outage' ? await withOutage(urls, leadInSeconds, signal, run) : await run(seconds);
    return {
      ...load,
      mutationsPerSecond: calls / measured.seconds,
      p50Ms: latencies.p50,
      p99Ms: latencies.p99,
      maxMs: latencies.max,
      notFastShare: notFast / Math.max(calls, 1),
    };
  } finally {
    if (!signal.aborted) {
      await subject.run('closeRow', undefined);
      // What this load left in the outbox must not be the next one's high load.
      await outboxDrained(stores, signal);
    }
  }
}

/** Runs a load in whose middle the fast path is away. */
async function withOutage<T>(
  urls: StoreUrls,
  leadInSeconds: number,
  signal: AbortSignal,
  run: (seconds: number) => Promise<T>,
): Promise<T> {
  const fastPath = await FastPathOutage.open(fastQueueOf(settingsOf(urls)), 'bench');
  try {
    const running = run(2 * AROUND_OUTAGE_S + OUTAGE_MS / 1000);
    running.catch(() => undefined); // It is awaited below, unless the outage can't be brought about.
    await delay(1000 * (leadInSeconds + AROUND_OUTAGE_S), undefined, { signal });
    await fastPath.begin(Date.now() + OUTAGE_MS);
    await delay(OUTAGE_MS, undefined, { signal });
    await fastPath.end();
    return await running;
  } finally {
    await fastPath.stop();
  }
}
