import { type BenchSystem, type DelayLine, envOf, settingsOf } from '@hybrid-sync/bench';
import type { SyncMode } from '@hybrid-sync/sync-core';
import {
  type AnsweredWrite,
  ApiClient,
  checkAtRest,
  driveTraffic,
  FastPathOutage,
  fastQueueOf,
  OwnedParts,
  openSyncStores,
  type Profile,
  type Progress,
  type RestFindings,
  systemClock,
  Traffic,
  ValueMaker,
} from '@hybrid-sync/trials';
import { SLOW } from './load/peak-curve.js';
import { peakLoad } from './load/peak-load.js';
import { type Depth, depthsUntil } from './measure/depth-log.js';

/** What the line lets through to MongoDB in a second, in bytes: little enough for a load five times as large to be made here. */
export const STORE_BYTES_PER_SECOND = 240_000;
/** What the line adds to every call while the store is slow, in milliseconds. */
export const SLOW_MS = 200;
/** Most requests under way at once. */
const MAX_IN_FLIGHT = 5000;
/** Longest wait of one request, in milliseconds. */
const CALL_TIMEOUT_MS = 30_000;
const PODS = 2;

/** What a run of one mode needs. */
export interface ModeRun {
  readonly system: BenchSystem;
  readonly mode: SyncMode;
  readonly profile: Profile;
  readonly seed: string;
  /** Length of the load, in milliseconds. */
  readonly durationMs: number;
  /** What the store takes, in writes per second. */
  readonly storeRate: number;
  /** Longest wait for the queues to empty, in milliseconds. */
  readonly settleMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A write of the load. */
export interface PeakWrite extends Omit<AnsweredWrite, 'intendedAt'> {
  /** When it should have been sent, in milliseconds from the start of the load. */
  readonly at: number;
}

/** What a mode did. */
export interface ModeFindings {
  readonly mode: SyncMode;
  readonly writes: readonly PeakWrite[];
  /** What waited, from the start of the load until the queues were empty. */
  readonly depths: readonly Depth[];
  /** Requests without a usable answer, by what was said. */
  readonly errors: readonly { readonly error: string; readonly count: number }[];
  /** Reads that were older than what had been acknowledged, and versions that did not rise. */
  readonly wrong: number;
  /** Requests that waited because too many were under way. */
  readonly heldBack: number;
  readonly rest: RestFindings;
}

/** One mode on processes of its own: load, then rest, then checks. @throws when it was broken off */
export async function runMode(run: ModeRun): Promise<ModeFindings> {
  const { system, mode } = run;
  const near = system.stores(mode);
  const owned = new OwnedParts();
  try {
    const line = await system.startDelayLine(near.mongodbUrl, 0, STORE_BYTES_PER_SECOND);
    owned.add(() => line.stop());
    const env = { ...envOf({ ...near, mongodbUrl: line.url }), SYNC_MODE: mode };
    const apps = await Promise.all([
      system.startApp('projector', env),
      ...Array.from({ length: PODS }, () => system.startApp('api', env)),
    ]);
    for (const app of apps) owned.add(() => app.stop());
    const [, ...pods] = apps.map(({ url }) => url);
    // The checks and the looks at what waits go straight to the stores: they are no part of the load.
    return await loadAndCheck({ ...run, line, pods, settings: settingsOf(near) });
  } finally {
    await owned.stop();
  }
}

async function loadAndCheck({
  line,
  pods,
  settings,
  ...run
}: ModeRun & {
  readonly line: DelayLine;
  readonly pods: readonly string[];
  readonly settings: ReturnType<typeof settingsOf>;
}): Promise<ModeFindings> {
  const { mode, progress, signal } = run;
  const owned = new OwnedParts();
  try {
    const stores = await openSyncStores(settings);
    owned.add(() => stores.stop());
    const fastPath = await FastPathOutage.open(fastQueueOf(settings), 'peak hour');
    owned.add(() => fastPath.stop());
    const clients = pods.map(
      (api) => new ApiClient({ api, maxConnections: MAX_IN_FLIGHT, timeoutMs: CALL_TIMEOUT_MS }),
    );
    owned.add(async () => clients.forEach((client) => void client.close()));
    const values = new ValueMaker(run.seed);
    const startedAt = systemClock.now();
    const writes: PeakWrite[] = [];
    const traffic = new Traffic({
      api: inTurns(clients),
      values,
      clock: systemClock,
      onWrite: ({ intendedAt, ...write }) => writes.push({ at: intendedAt - startedAt, ...write }),
    });
    const settled = new AbortController();
    const looking = depthsUntil(settled.signal, () => stores.backlog());
    looking.catch(() => undefined); // It is awaited below, or by whoever stops it.
    owned.add(async () => {
      settled.abort();
      await looking;
    });
    const heldBack = await drive(run, line, traffic);
    signal.throwIfAborted();
    const rest = await checkAtRest({
      stores,
      fastPath,
      ledger: traffic.ledger,
      values,
      settleMs: run.settleMs,
      progress,
      clock: systemClock,
      signal,
    });
    settled.abort();
    const depths = await looking;
    const wrong = traffic.reads.wrong + traffic.orderFaultCount;
    return { mode, writes, depths, errors: traffic.tally.errors, wrong, heldBack, rest };
  } finally {
    await owned.stop();
  }
}

/** Makes the load, with the store slow in its middle. @returns how many requests waited because too many were under way */
async function drive(run: ModeRun, line: DelayLine, traffic: Traffic): Promise<number> {
  const { mode, durationMs } = run;
  const { heldBack } = await driveTraffic({
    ...run,
    ...peakLoad(run),
    name: mode,
    traffic,
    clock: systemClock,
    maxInFlight: MAX_IN_FLIGHT,
    beside: async (startedAt, signal) => {
      for (const [share, delayMs] of [
        [SLOW.from, SLOW_MS],
        [SLOW.until, 0],
      ] as const) {
        await systemClock.sleepUntil(startedAt + share * durationMs, signal);
        if (!signal.aborted) line.delayBy(delayMs);
      }
    },
  });
  return heldBack;
}

/** Several pods behind one door, each asked in its turn. */
function inTurns(clients: readonly ApiClient[]): Pick<ApiClient, 'get' | 'set' | 'delete'> {
  let turn = 0;
  const next = () => {
    const client = clients[turn++ % clients.length];
    if (client === undefined) throw new RangeError('there is no pod');
    return client;
  };
  return {
    get: (key) => next().get(key),
    set: (key, value, ttlSec) => next().set(key, value, ttlSec),
    delete: (key) => next().delete(key),
  };
}
