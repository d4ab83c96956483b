import { shareOf } from './operation-mix.js';
import type { Profile } from './profile.js';

/**
 * The fewest distinct keys a run aims at (or its number of requests, if that is less): fewer would show no
 * popularity.
 */
const MIN_KEYS = 100;

/** The most ranks a run draws from; bounds its memory at a few bytes for each. */
const MAX_RANKS = 1_000_000;

/** How a run's requests are spread over keys. */
export interface PopulationPlan {
  /** Requests in the run. */
  readonly requests: number;
  /**
   * Ranks of the popularity law, from 1. A rank holds one key at a time; an `add` may put a new key in its
   * place.
   */
  readonly ranks: number;
  /** Exponent of the popularity law over the ranks. */
  readonly alpha: number;
  /** Chance that a set or add goes to a key of its own, which gets no other request. */
  readonly loneWriteChance: number;
  /** Chance that a get goes to a key of its own. */
  readonly loneReadChance: number;
  /** Requests per key that the run is expected to have. */
  readonly expectedRequestsPerKey: number;
  /** Share of keys with one request that the run is expected to have. */
  readonly expectedOneHitShare: number;
}

/** Share of one kind of request that may go to lone keys while the other kind can still take some. */
const LONE_LIMIT = 0.75;

/**
 * Plans the keys of a run so that its requests per key and its share of one-hit keys are the profile's.
 *
 * The profile's figures describe a week of some billion requests. A run is a model of that week in small:
 * `requests / requestsPerKey` keys. Some keys get their single request by design ("lone" keys), the others
 * are drawn by popularity. Draws by popularity leave some ranks untouched and hit some just once, so both
 * numbers, lone keys and ranks, are solved for together, with {@link keysAtRank} and {@link oneHitsAtRank} as
 * the model.
 *
 * Where the figures exclude each other at this size the plan comes as near as it can, and its `expected…`
 * figures say how near: a steep law touches few ranks, whatever their number; and each `add` brings a key of
 * its own, also in a cluster where it really brought back one that had expired.
 *
 * @param requests number of requests, from 1
 */
export function planPopulation(profile: Profile, requests: number): PopulationPlan {
  const keysWanted = Math.min(Math.max(requests / profile.requestsPerKey, MIN_KEYS), requests);
  const oneHitsWanted = keysWanted * profile.oneHitShare;
  const adds = requests * shareOf(profile.operations, 'add');
  const writes = requests * shareOf(profile.operations, 'set') + adds;
  const reads = requests * shareOf(profile.operations, 'get');
  const fewestRanks = Math.min(MIN_KEYS, requests);
  const mostRanks = Math.min(MAX_RANKS, requests);

  const spread = (lone: number, ranks: number) => {
    const { loneWriteChance, loneReadChance } = loneChances(lone, writes, reads);
    const loneKeys = writes * loneWriteChance + reads * loneReadChance;
    // What the lone keys leave to the ranks, and the shares of writes and of adds in it.
    const drawn = requests - loneKeys;
    const writeShare = drawn === 0 ? 0 : (writes * (1 - loneWriteChance)) / drawn;
    const addShare = writes === 0 ? 0 : writeShare * (adds / writes);
    let keys = loneKeys;
    let oneHits = loneKeys;
    forEachRankGroup(ranks, profile.zipfAlpha, (count, probability) => {
      keys += count * keysAtRank(drawn * probability, writeShare, addShare);
      oneHits += count * oneHitsAtRank(drawn * probability, writeShare, addShare);
    });
    return { keys, oneHits };
  };
  const ranksFor = (lone: number) =>
    Math.round(
      smallest(fewestRanks, mostRanks, (ranks) => spread(lone, Math.round(ranks)).keys >= keysWanted),
    );
  const lone = smallest(0, oneHitsWanted, (tried) => spread(tried, ranksFor(tried)).oneHits >= oneHitsWanted);
  const ranks = ranksFor(lone);
  const { keys, oneHits } = spread(lone, ranks);
  return {
    requests,
    ranks,
    alpha: profile.zipfAlpha,
    ...loneChances(lone, writes, reads),
    expectedRequestsPerKey: requests / keys,
    expectedOneHitShare: oneHits / keys,
  };
}

/**
 * Who makes the lone requests. Writes first: what is stored and never asked for is the common one-hit key of
 * a write-heavy cache. But not so many that reads would find nothing set, as long as reads can take some.
 */
function loneChances(lone: number, writes: number, reads: number) {
  const byWritesAtFirst = Math.min(lone, writes * LONE_LIMIT);
  const byReads = Math.min(lone - byWritesAtFirst, reads * LONE_LIMIT);
  return {
    loneWriteChance: writes === 0 ? 0 : Math.min((lone - byReads) / writes, 1),
    loneReadChance: reads === 0 ? 0 : byReads / reads,
  };
}

/**
 * How many keys a rank has over a run, if `expected` requests reach it (taken as Poisson): one if it is
 * touched at all, and one more for each add that comes when the rank's key has been set.
 *
 * @param writeShare share of sets and adds in the rank's requests
 * @param addShare share of adds in the rank's requests
 */
function keysAtRank(expected: number, writeShare: number, addShare: number): number {
  const touched = -Math.expm1(-expected);
  if (addShare === 0) return touched;
  const firstWriteIsAdd = (addShare / writeShare) * -Math.expm1(-writeShare * expected);
  return touched + addShare * expected - firstWriteIsAdd;
}

/**
 * How many keys with one request a rank has over a run, in the same model. A set key whose first request
 * comes at time t (0 to 1) stays one-hit if the rank's next request is an add or never comes: a + (1 - a)
 * e^(-λ(1 - t)), with a the share of adds and λ = `expected`. An unset one stays so only if none comes.
 * Summed over the first request, and over the adds that find the key set: aλ(1 - e^(-wλt)) of them at time t,
 * w the share of writes.
 */
function oneHitsAtRank(expected: number, writeShare: number, addShare: number): number {
  const touched = -Math.expm1(-expected);
  const once = expected * Math.exp(-expected);
  const written = -Math.expm1(-writeShare * expected);
  const asFirst = once + writeShare * addShare * (touched - once);
  if (addShare === 0) return asFirst;
  const unsetUntilThen = writeShare === 1 ? once : (touched - written) / (1 - writeShare);
  const asAdd =
    addShare * addShare * (expected - written / writeShare) +
    addShare * (1 - addShare) * (touched - unsetUntilThen);
  return asFirst + asAdd;
}

/** Ranks below this are summed one by one; those above in groups that grow with their rank. */
const SINGLE_RANKS = 64;
const GROUP_GROWTH = 1.05;

/** Visits all ranks in groups of about the same probability; the sum of count × probability is 1. */
function forEachRankGroup(
  ranks: number,
  alpha: number,
  visit: (count: number, probability: number) => void,
): void {
  const groups: { count: number; weight: number }[] = [];
  let total = 0;
  for (let first = 1; first <= ranks; ) {
    const next = Math.min(first < SINGLE_RANKS ? first + 1 : Math.ceil(first * GROUP_GROWTH), ranks + 1);
    const weight = ((first + next - 1) / 2) ** -alpha;
    groups.push({ count: next - first, weight });
    total += (next - first) * weight;
    first = next;
  }
  for (const { count, weight } of groups) visit(count, weight / total);
}

/**
 * By bisection the smallest number at which the condition, false below some point and true above it, holds;
 * `to` if none.
 */
function smallest(from: number, to: number, holds: (tried: number) => boolean): number {
  let low = from;
  let high = to;
  if (holds(low)) return low;
  const HALVINGS = 40;
  for (let step = 0; step < HALVINGS && high - low > 1e-3; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
