import {
  keyPrefix,
  newRunId,
  type Profile,
  planPopulation,
  randomStream,
  requestStream,
  type TrafficDrive,
} from '@hybrid-sync/trials';
import { MEAN_LOAD, peakArrivalTimes } from './peak-curve.js';

/** What a {@link peakLoad} is made of. */
export interface PeakLoadOptions {
  readonly profile: Profile;
  readonly seed: string;
  readonly durationMs: number;
  /** What the store takes, in writes per second. */
  readonly storeRate: number;
}

/** The load: requests of the profile whose writes follow the curve; the same for the same options but for the keys' prefix. */
export function peakLoad({
  profile,
  seed,
  durationMs,
  storeRate,
}: PeakLoadOptions): Pick<TrafficDrive, 'count' | 'items' | 'times'> {
  const writeShare = profile.operations
    .filter(({ item }) => item !== 'get')
    .reduce((sum, { share }) => sum + share, 0);
  const count = Math.round((MEAN_LOAD * storeRate * durationMs) / 1000 / writeShare);
  const items = requestStream({
    profile,
    plan: planPopulation(profile, count),
    seed,
    prefix: keyPrefix(newRunId(), profile.keyBytes),
  });
  return { count, items, times: peakArrivalTimes(count, durationMs, randomStream(seed, 'arrivals')) };
}
