import type { RowResult } from '../report/row-result.js';

/** A way of having so many upserts under way: bulk writes in flight, each of `batch` upserts. */
export type BulkShape = Required<Pick<RowResult, 'inFlight' | 'batch'>>;

/** Upserts under way at any time; the first three as there are clients of the other rows. */
const UNDER_WAY = [1, 100, 500, 1000, 2000, 4000];
/** Bulk writes in flight, each on a connection of its own. */
const IN_FLIGHT = [1, 2, 4];
/** Fewest upserts that are worth a bulk write; a single client has one. */
const MIN_BATCH = 25;

/** The shapes that are tried. */
export function bulkShapes(): BulkShape[] {
  return UNDER_WAY.flatMap((underWay) =>
    IN_FLIGHT.map((inFlight) => ({ inFlight, batch: underWay / inFlight })).filter(
      ({ batch, inFlight }) => batch >= MIN_BATCH || underWay === inFlight,
    ),
  );
}

/**
 * Of the shapes that were tried, the fastest for each number of upserts under way at which other rows are measured, the
 * fastest with one bulk write at a time, which is the limit that ratios refer to, and the fastest of all.
 */
export function bestShapes(tried: readonly RowResult[], clients: readonly number[]): BulkShape[] {
  const fastestFirst = [...tried].sort((a, b) => b.mutationsPerSecond - a.mutationsPerSecond);
  const best = clients.map((each) => fastestFirst.find((result) => result.clients === each));
  const limit = fastestFirst.find(({ inFlight }) => inFlight === 1);
  return [...new Set([...best, limit, fastestFirst[0]])].flatMap((result) =>
    result === undefined ? [] : { inFlight: result.inFlight ?? 1, batch: result.batch ?? 1 },
  );
}
