import {
  arrivalTimes,
  keyPrefix,
  type LoadOutcome,
  newRunId,
  type Profile,
  planPopulation,
  type RunClock,
  type RunRequest,
  randomStream,
  requestStream,
  runOpenLoop,
} from '@hybrid-sync/trials';
import type { FaultTraffic } from './fault-traffic.js';

/** Most requests under way at once. */
export const MAX_IN_FLIGHT = 2000;
/** The load is planned for this many times the faults' length, and ends with the faults. */
const SPARE = 3;

/**
 * Requests per key, at most: a lost write shows only where no later write of its key follows, so a round has more keys
 * than the profile would have. The hottest ones stay as hot.
 */
const MOST_REQUESTS_PER_KEY = 3;

/** What {@link driveLoad} needs. */
export interface LoadPlan {
  readonly profile: Profile;
  readonly seed: string;
  readonly round: number;
  /** Requests per second. */
  readonly rate: number;
  /** Length it is expected to have, in milliseconds. */
  readonly lengthMs: number;
  readonly traffic: Pick<FaultTraffic, 'send'>;
  readonly clock: RunClock;
  /** Ends the load: nothing more is sent, and what is under way is awaited. */
  readonly ended: AbortSignal;
}

/** Drives a round's load until it is ended; the same requests at the same times for the same seed and round. */
export async function driveLoad(plan: LoadPlan): Promise<LoadOutcome> {
  return runOpenLoop({
    ...arrivals(plan),
    clock: plan.clock,
    maxInFlight: MAX_IN_FLIGHT,
    signal: plan.ended,
    send: (request: RunRequest, intendedAt) => plan.traffic.send(request, intendedAt),
  });
}

function arrivals({ profile, seed, round, rate, lengthMs }: LoadPlan) {
  const count = Math.ceil((rate * lengthMs) / 1000);
  const requestsPerKey = Math.min(profile.requestsPerKey, MOST_REQUESTS_PER_KEY);
  const roundSeed = `${seed} round ${round}`;
  const items = requestStream({
    profile,
    // The population is that of the expected length; what comes after it goes on with the same keys.
    plan: { ...planPopulation({ ...profile, requestsPerKey }, count), requests: count * SPARE },
    seed: roundSeed,
    prefix: keyPrefix(newRunId(), profile.keyBytes),
  });
  const times = arrivalTimes(count * SPARE, lengthMs * SPARE, randomStream(roundSeed, 'arrivals'));
  return { items, times };
}
