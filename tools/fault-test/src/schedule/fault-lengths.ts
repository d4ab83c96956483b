import type { FaultKind } from './fault.js';
import { kindsOf } from './kinds-of.js';

/** How long the faults of a round last, in milliseconds. */
export interface FaultLengths {
  readonly mongodbFrozenMs: number;
  readonly mongodbDownMs: number;
  /** Choices for a frozen api pod: all above the 2 s a client waits for the fast path; some above the 10 s job lock. */
  readonly apiFrozenMs: readonly number[];
  /** Redis stays at its memory limit for as long before MongoDB comes back. */
  readonly redisFullMs: number;
  readonly throttledMs: number;
  readonly queuePausedMs: number;
  /** Which faults a round with a single Redis has unless told otherwise. */
  readonly kinds: readonly FaultKind[];
  /** Least and greatest quiet time between two faults, in which the system is back at its usual way. */
  readonly gapMs: readonly [number, number];
}

/** What a full round has. */
export const FULL: FaultLengths = {
  mongodbFrozenMs: 10_000,
  mongodbDownMs: 20_000,
  apiFrozenMs: [4000, 4000, 12_000],
  redisFullMs: 10_000,
  throttledMs: 60_000,
  queuePausedMs: 15_000,
  kinds: kindsOf('single'),
  gapMs: [3000, 5000],
};

/** What a round of CI has: deaths and freezes; the other faults take too long for it, and are run by their names. */
export const SHORT: FaultLengths = {
  mongodbFrozenMs: 3000,
  mongodbDownMs: 5000,
  apiFrozenMs: [3000],
  redisFullMs: 4000,
  throttledMs: 15_000,
  queuePausedMs: 8000,
  kinds: ['kill-api', 'kill-projector', 'freeze-mongodb', 'kill-mongodb', 'kill-redis', 'freeze-api'],
  gapMs: [2000, 3000],
};
