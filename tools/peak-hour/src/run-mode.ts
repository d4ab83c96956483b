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
  type ProgramSurroundings,
  type RestFindings,
  systemClock,
  Traffic,
  ValueMaker,
} from '@hybrid-sync/trials';
import { SLOW } from './load/peak-curve.js';
import { type PeakLoadOptions, peakLoad } from './load/peak-load.js';
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
export interface ModeRun extends PeakLoadOptions, ProgramSurroundings {
  readonly system: BenchSystem;
  readonly mode: SyncMode;
  /** Longest wait for the queues to empty, in milliseconds. */
  readonly settleMs: number;
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
  const { system, mode, signal } = run;
  await using owned = new OwnedParts();
  const near = system.stores(mode);
  const line = owned.own(await system.startDelayLine(near.mongodbUrl, 0, STORE_BYTES_PER_SECOND));
  const env = { ...envOf({ ...near, mongodbUrl: line.url }), SYNC_MODE: mode };
  const start = async (kind: 'projector' | 'api') => owned.own(await system.startApp(kind, env));
  const [, ...pods] = await Promise.all([
    start('projector'),
    ...Array.from({ length: PODS }, () => start('api')),
  ]);
  // The checks and the looks at what waits go straight to the stores: they are no part of the load.
  const settings = settingsOf(near);
  const stores = owned.own(await openSyncStores(settings));
  const fastPath = owned.own(await FastPathOutage.open(fastQueueOf(settings), 'peak hour'));
  const clients = pods.map(
    ({ url }) => new ApiClient({ api: url, maxConnections: MAX_IN_FLIGHT, timeoutMs: CALL_TIMEOUT_MS }),
  );
  owned.add(async () => clients.forEach((client) => void client.close()));
  const startedAt = systemClock.now();
  const writes: PeakWrite[] = [];
  const traffic = new Traffic({
    api: inTurns(clients),
    values: new ValueMaker(run.seed),
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
  const { ledger, tally, reads, orderFaultCount } = traffic;
  const rest = await checkAtRest({ ...run, stores, fastPath, ledger, clock: systemClock });
  settled.abort();
  const depths = await looking;
  const wrong = reads.wrong + orderFaultCount;
  return { mode, writes, depths, errors: tally.errors, wrong, heldBack, rest };
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
