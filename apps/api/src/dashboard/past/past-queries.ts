/** How far back the page can look, with the time between two points, in seconds. */
export const RANGES = {
  '1h': { spanSec: 3600, stepSec: 15 },
  '6h': { spanSec: 21_600, stepSec: 60 },
  '1d': { spanSec: 86_400, stepSec: 300 },
  '7d': { spanSec: 604_800, stepSec: 1800 },
} as const;
/** The name of a range. */
export type Range = keyof typeof RANGES;

/** Rates are taken over this time at least, in seconds: four of the usual scrapes. */
const LEAST_WINDOW_SEC = 60;

/** What the page shows of the past, by the columns of `hybrid_sync_history`, as questions of all pods together. */
export type PastColumn =
  | 'ASYNC_THREAD'
  | 'EVENT_BASED'
  | 'JOURNALED'
  | 'refused'
  | 'p50Ms'
  | 'p95Ms'
  | 'p99Ms'
  | 'workersActive'
  | 'batchesInFlight'
  | 'queueWaiting'
  | 'outboxUnprocessed'
  | 'deadLetters'
  | 'journalPending'
  | 'projectedEvents'
  | 'projectedEntries';

/**
 * The questions in PromQL, each of which has one series as its answer. `selector`: label matchers of this deployment, empty
 * for none.
 */
export function pastQueries(range: Range, selector: string): Readonly<Record<PastColumn, string>> {
  const window = `[${Math.max(RANGES[range].stepSec, LEAST_WINDOW_SEC)}s]`;
  const series = (name: string, ...matchers: string[]) => {
    const all = [selector, ...matchers].filter((each) => each !== '').join(',');
    return `hybrid_sync_${name}{${all}}`;
  };
  const rate = (name: string, ...matchers: string[]) => `sum(rate(${series(name, ...matchers)}${window}))`;
  const quantileMs = (share: number) =>
    `1000 * histogram_quantile(${share}, sum by (le) (rate(${series('mutation_seconds_bucket')}${window})))`;
  return {
    ASYNC_THREAD: rate('mutations_total', 'method="ASYNC_THREAD"'),
    EVENT_BASED: rate('mutations_total', 'method="EVENT_BASED"'),
    JOURNALED: rate('mutations_total', 'method="JOURNALED"'),
    refused: rate('refused_total', 'code=~"JOURNAL_FULL|CACHE_UNAVAILABLE"'),
    p50Ms: quantileMs(0.5),
    p95Ms: quantileMs(0.95),
    p99Ms: quantileMs(0.99),
    workersActive: `sum(${series('fast_workers_active')})`,
    batchesInFlight: `sum(${series('batches_in_flight', 'route="fast"')})`,
    // Every process shows these of the whole deployment.
    queueWaiting: `max(${series('fast_queue_waiting')})`,
    outboxUnprocessed: `max(${series('outbox_unprocessed')})`,
    deadLetters: `max(${series('outbox_dead_letters')})`,
    journalPending: `max(${series('journal_pending')})`,
    projectedEvents: rate('projected_total', 'source="outbox"'),
    projectedEntries: rate('projected_total', 'source="journal"'),
  };
}
