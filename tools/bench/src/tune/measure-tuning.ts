import { setTimeout as delay } from 'node:timers/promises';
import { connectStores } from '@hybrid-sync/sync-core';
import { FastPathOutage, fastQueueOf, OwnedParts } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { Pairs } from '../load/pairs.js';
import type { Measuring } from '../measure/measuring.js';
import { outboxDrained } from '../projection/drain.js';
import { MOST_CLIENTS } from '../rows/row.js';
import { fillShadows } from '../rows/row-connections.js';
import { SubjectProcess } from '../subject/subject-process.js';
import type { StoreUrls } from '../system/bench-system.js';
import { envOf, settingsOf } from '../system/store-settings.js';
import {
  DELAYS_MS,
  loadsWith,
  OUTAGE_MS,
  settingsWith,
  type TuningLoad,
  type TuningResult,
} from './tuning-plan.js';

/** Unmeasured load at the head of each load, in measured times. */
const LEAD_IN_SHARE = 0.5;
/** Load before and after an outage, in seconds. */
const AROUND_OUTAGE_S = 1;

/** Measures a pod under all loads, with a line to MongoDB that holds its replies back. */
export async function measureTuning(given: Measuring): Promise<TuningResult[]> {
  const results: TuningResult[] = [];
  for (const delayMs of DELAYS_MS) results.push(...(await measureWith(delayMs, given)));
  return results;
}

async function measureWith(delayMs: number, given: Measuring): Promise<TuningResult[]> {
  const { system, options, progress, signal } = given;
  const near = system.stores('tune');
  await fillShadows(near.mongodbUrl, new Pairs(options.seed));
  await using owned = new OwnedParts();
  const line = owned.own(await system.startDelayLine(near.mongodbUrl, delayMs));
  const urls = { ...near, mongodbUrl: line.url };
  owned.own(await system.startApp('projector', envOf(urls)));
  const stores = owned.own(await connectStores(settingsOf(near), pino({ level: 'silent' })));
  const subject = owned.own(new SubjectProcess({ signal }));
  const results: TuningResult[] = [];
  const loads = loadsWith(delayMs);
  progress.begin(`${delayMs} ms added to every store call`, loads.length);
  for (const load of loads) {
    results.push(await measureLoad(load, subject, urls, given));
    // What this load left in the outbox must not be the next one's high load.
    await outboxDrained(stores, signal);
    progress.update(results.length, `${load.experiment}, ${load.threads} threads, ${load.timeoutMs} ms`);
  }
  progress.end();
  return results;
}

async function measureLoad(
  load: TuningLoad,
  subject: SubjectProcess,
  urls: StoreUrls,
  { options: { seed, seconds }, signal }: Measuring,
): Promise<TuningResult> {
  await subject.run('openRow', { row: 'core', ...urls, seed, settings: settingsWith(load) });
  const leadInSeconds = LEAD_IN_SHARE * seconds;
  const run = (length: number) =>
    subject.run('runCell', { clients: MOST_CLIENTS, batch: 1, leadInSeconds, seconds: length });
  const { calls, notFast, latencies, ...measured } =
    load.experiment === 'outage' ? await withOutage(urls, leadInSeconds, signal, run) : await run(seconds);
  await subject.run('closeRow', undefined);
  return {
    ...load,
    mutationsPerSecond: calls / measured.seconds,
    p50Ms: latencies.p50,
    p99Ms: latencies.p99,
    maxMs: latencies.max,
    notFastShare: notFast / Math.max(calls, 1),
  };
}

/** Runs a load in whose middle the fast path is away. */
async function withOutage<T>(
  urls: StoreUrls,
  leadInSeconds: number,
  signal: AbortSignal,
  run: (seconds: number) => Promise<T>,
): Promise<T> {
  await using owned = new OwnedParts();
  const fastPath = owned.own(await FastPathOutage.open(fastQueueOf(settingsOf(urls)), 'bench'));
  const running = run(2 * AROUND_OUTAGE_S + OUTAGE_MS / 1000);
  running.catch(() => undefined); // It is awaited below, unless the outage can't be brought about.
  await delay(1000 * (leadInSeconds + AROUND_OUTAGE_S), undefined, { signal });
  await fastPath.begin(Date.now() + OUTAGE_MS);
  await delay(OUTAGE_MS, undefined, { signal });
  await fastPath.end();
  return await running;
}
