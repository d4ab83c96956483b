import type { PopulationPlan } from './key-population.js';
import { keyName } from './keys.js';
import type { RequestKind } from './operation-mix.js';
import type { Profile } from './profile.js';
import { randomStream } from './seeded-random.js';
import { sizeSampler } from './values.js';
import { choose } from './weighted-choice.js';
import { zipfSampler } from './zipf.js';

/** A request that changes a key. */
export type WriteRequest = { readonly number: number; readonly key: string } & (
  | { readonly op: 'delete' }
  | { readonly op: 'set'; readonly valueBytes: number; readonly ttlSec: number }
);

/** One request of the run; `number` counts from 0. */
export type RunRequest = WriteRequest | { readonly number: number; readonly key: string; readonly op: 'get' };

/** What a request does to the api. */
export type RequestOp = RunRequest['op'];

/** What {@link requestStream} needs. */
export interface RequestSource {
  readonly profile: Profile;
  readonly plan: PopulationPlan;
  readonly seed: string;
  /** See `keyPrefix`. */
  readonly prefix: string;
}

/**
 * The run's requests, one after the other: `plan.requests` of them, the same for the same seed but for the
 * prefix of their keys. What a request does is drawn from the mix, independently of its key.
 *
 * Keys are numbered as they first come up. A rank keeps its key until an `add` finds that key set before; the
 * rank then goes on with a new key, as a cache does that replaces an entry by one under a new name. Memory: 13
 * bytes for each rank.
 */
export function* requestStream({
  profile,
  plan,
  seed,
  prefix,
}: RequestSource): Generator<RunRequest, void, void> {
  const kinds = randomStream(seed, 'operations');
  const lone = randomStream(seed, 'lone keys');
  const ttls = randomStream(seed, 'times to live');
  const nextRank = zipfSampler(plan.ranks, plan.alpha, randomStream(seed, 'popularity'));
  const nextSize = sizeSampler(profile.valueBytes, randomStream(seed, 'value sizes'));

  /** By rank - 1, the number of the rank's key plus 1; 0 before it has one. */
  const keyAt = new Uint32Array(plan.ranks);
  /** By rank - 1, 1 once the rank's present key was set. */
  const wasSet = new Uint8Array(plan.ranks);
  let keys = 0;
  const keyAtRank = (kind: RequestKind): number => {
    const at = nextRank() - 1;
    const replaced = kind === 'add' && wasSet[at] === 1;
    if (keyAt[at] === 0 || replaced) keyAt[at] = ++keys;
    if (kind === 'set' || kind === 'add') wasSet[at] = 1;
    return (keyAt[at] ?? 0) - 1;
  };

  for (let number = 0; number < plan.requests; number++) {
    const kind = choose(profile.operations, kinds);
    const key = keyName(prefix, profile.keyBytes, lone() < loneChance(plan, kind) ? keys++ : keyAtRank(kind));
    if (kind === 'get' || kind === 'delete') yield { number, key, op: kind };
    else yield { number, key, op: 'set', valueBytes: nextSize(), ttlSec: choose(profile.ttls, ttls) };
  }
}

function loneChance(plan: PopulationPlan, kind: RequestKind): number {
  if (kind === 'get') return plan.loneReadChance;
  return kind === 'delete' ? 0 : plan.loneWriteChance;
}
