import type { Mutation } from '../mutation.js';
import type { FastJobResult } from './fast-job.js';
import type { Places } from './places.js';

/** Mutations that a part has at least: of smaller ones the store does fewer in the same time. */
const SMALLEST_PART = 50;

/**
 * Bulk writes of this pod that are under way where a batch is written in parts, at most: with so many the store has one
 * while the writers of the other go on, and of larger ones there are fewer, each of which costs pod and store something.
 */
const MOST_WITH_PARTS = 2;

/** What becomes of a part, as ShadowWriter.apply has it. */
interface Outcome {
  readonly stale: number;
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Applies a batch, a large one in two parts at the same time where it is the only one under way and there is a place beside
 * the one that it has. `through` is told of each part as it returns: its writers go on while the store has the other.
 * Without that all who write at once wait at once, and pod and store take turns.
 * @throws what one of the parts failed with, once all have ended
 */
export async function applyInParts<M extends Mutation>(
  mutations: readonly M[],
  apply: (part: readonly M[]) => Promise<Outcome>,
  places: Pick<Places, 'tryTake' | 'free'>,
  through: (keys: readonly string[]) => void,
): Promise<FastJobResult> {
  const parts = partsOf(mutations, places);
  const applied = parts.map(async (part, index) => {
    try {
      const outcome = await apply(part);
      if (parts.length > 1) through(part.map(({ key }) => key).filter((key) => !outcome.failed.has(key)));
      return outcome;
    } finally {
      if (index > 0) places.free();
    }
  });
  await Promise.allSettled(applied);
  const outcomes = await Promise.all(applied);
  return {
    stale: outcomes.reduce((sum, { stale }) => sum + stale, 0),
    failed: outcomes.flatMap(({ failed }) => [...failed]),
  };
}

/** Parts of about the same size, one for the place that the batch has, and one for each that it takes. */
function partsOf<M>(mutations: readonly M[], places: Pick<Places, 'tryTake'>): (readonly M[])[] {
  const most = Math.floor(mutations.length / SMALLEST_PART);
  let count = 1;
  while (count < most && places.tryTake(MOST_WITH_PARTS)) count++;
  const size = Math.ceil(mutations.length / count);
  return Array.from({ length: count }, (_, index) => mutations.slice(index * size, (index + 1) * size));
}
