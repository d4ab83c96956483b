import type { RunClock } from '../load/clock.js';
import type { Ledger } from '../load/ledger.js';
import type { FastPathOutage } from '../outage/fast-path-outage.js';
import type { RunProgress } from '../report/progress.js';
import type { Comparison, SyncStores } from '../sync-stores.js';
import { findLostWrites, type LostWriteCheck } from './lost-writes.js';
import { type SettleOutcome, waitUntilSettled } from './settle.js';

/** What did not arrive before the checks is hardly waited for again: so long, in milliseconds. */
const LATE_PATIENCE_MS = 1000;

/** What the checks after the load need. */
interface AtRest {
  readonly stores: SyncStores;
  readonly fastPath: Pick<FastPathOutage, 'jobs'>;
  readonly ledger: Ledger;
  /** The time by which the pair of a key expires, in milliseconds since 1970; this machine's unless given. */
  readonly now?: (key: string) => number;
  /** Longest wait for the queues to empty, in milliseconds. */
  readonly settleMs: number;
  readonly progress: RunProgress;
  readonly clock: RunClock;
  /** Ends the checks early, by its reason. */
  readonly signal: AbortSignal;
}

/** What the checks found. */
export interface RestFindings {
  readonly settle: SettleOutcome;
  readonly lostWrites: LostWriteCheck;
  readonly comparison: Comparison;
  /** Events that were given up. */
  readonly deadLetters: number;
}

/**
 * Waits for the queues to empty, then looks at both sides: at each key this run wrote, and at all keys
 * against each other. The checks are made even when the queues do not empty in time; what is missing then
 * shows what the backlog holds up.
 *
 * @throws the signal's reason when it aborts
 */
export async function checkAtRest(rest: AtRest): Promise<RestFindings> {
  const { stores, ledger, progress, signal } = rest;
  const settled = await emptyQueues(rest);
  signal.throwIfAborted();

  progress.begin('looking up written keys', ledger.size);
  const lostWrites = await findLostWrites({
    ledger,
    stores,
    now: rest.now,
    onProgress: (checked) => progress.update(checked, `${checked} keys`),
  });
  progress.end();
  signal.throwIfAborted();

  progress.begin('comparing cache and shadow');
  const patienceMs = settled.settled ? undefined : LATE_PATIENCE_MS;
  const comparison = await stores.compare((compared) => progress.update(0, `${compared} keys`), patienceMs);
  progress.end();
  return { settle: settled, lostWrites, comparison, deadLetters: await stores.deadLetters() };
}

async function emptyQueues({
  stores,
  fastPath,
  settleMs,
  progress,
  clock,
  signal,
}: AtRest): Promise<SettleOutcome> {
  const startedAt = clock.now();
  progress.begin('queues emptying');
  const outcome = await waitUntilSettled({
    look: async () => {
      // The fast queue first: a batch that fails there is still in the journal when that is looked at.
      const fastJobs = await fastPath.jobs();
      return { ...(await stores.backlog()), fastJobs };
    },
    timeoutMs: settleMs,
    clock,
    signal,
    onLook: ({ journal, events, fastJobs }) => {
      const seconds = ((clock.now() - startedAt) / 1000).toFixed(0);
      const left = `${journal} journal entries, ${events} outbox events, ${fastJobs} fast jobs`;
      progress.update(0, `${seconds}/${settleMs / 1000} s, ${left}`);
    },
  });
  progress.end();
  return outcome;
}

/** As much of the findings as decides whether a run failed. */
interface Judged {
  readonly settle: SettleOutcome;
  readonly lostWrites: Pick<LostWriteCheck, 'lost'>;
  readonly comparison: Pick<Comparison, 'differing'>;
}

/** Why a run counts as failed by what was found at rest, a sentence each; none where all is well. */
export function faultsAtRest({ lostWrites, comparison, settle }: Judged): string[] {
  const { settled, elapsedMs, left } = settle;
  return [
    ...(lostWrites.lost > 0 ? [`${lostWrites.lost} acknowledged writes are lost`] : []),
    ...(comparison.differing > 0 ? [`cache and shadow differ on ${comparison.differing} keys`] : []),
    ...(settled
      ? []
      : [
          `after ${Math.round(elapsedMs / 1000)} s the queues still held ${left.journal} journal entries, ` +
            `${left.events} outbox events and ${left.fastJobs} fast jobs: is a projector running?`,
        ]),
  ];
}
