import { type Cells, count, fine, percent, tableOf } from '@hybrid-sync/trials';
import { median } from '../report/row-result.js';
import {
  DEFAULTS,
  DELAYS_MS,
  OUTAGE_MS,
  THREADS,
  TIMEOUTS_MS,
  type TuningLoad,
  type TuningResult,
} from './tuning-plan.js';

/** As good as the best: within this share of it. */
const NEARLY = 0.95;
/** The guide's timeout for low, standard and high latency. */
const GUIDE_TIMEOUTS_MS = { 1: 1000, 20: 2000, 100: 5000 } as const;

/** How fast so many threads are, over the three timeouts. */
export type ThreadsSummary = Pick<TuningResult, 'delayMs' | 'threads' | 'mutationsPerSecond' | 'p99Ms'>;

/** The medians over the timeouts, which say nothing as long as every batch is through in time. */
export function threadsSummaries(results: readonly TuningResult[]): ThreadsSummary[] {
  return DELAYS_MS.flatMap((delayMs) =>
    THREADS.flatMap((threads) => {
      const found = resultsOf(results, { experiment: 'threads', delayMs, threads });
      if (found.length === 0) return [];
      return {
        delayMs,
        threads,
        mutationsPerSecond: median(found.map((result) => result.mutationsPerSecond)),
        p99Ms: median(found.map((result) => result.p99Ms)),
      };
    }),
  );
}

/** The fewest threads that are nearly as fast as the best number of them. @throws RangeError without any summary */
export function threadsToChoose(summaries: readonly ThreadsSummary[]): ThreadsSummary {
  const best = Math.max(...summaries.map(({ mutationsPerSecond }) => mutationsPerSecond));
  const enough = [...summaries]
    .sort((a, b) => a.threads - b.threads)
    .find(({ mutationsPerSecond }) => mutationsPerSecond >= NEARLY * best);
  if (enough === undefined) throw new RangeError('nothing to choose from');
  return enough;
}

/** The tables of the document, the first one saying what to choose. */
export function tuningTables(results: readonly TuningResult[]): Cells[] {
  return [choiceTable(results), threadsTable(results), adaptiveTable(results), outageTable(results)];
}

function choiceTable(results: readonly TuningResult[]): Cells {
  const summaries = threadsSummaries(results);
  const choices = DELAYS_MS.flatMap((delayMs) => {
    const here = summaries.filter((summary) => summary.delayMs === delayMs);
    if (here.length === 0) return [];
    const { threads, mutationsPerSecond, p99Ms } = threadsToChoose(here);
    return {
      'added to every store call': `${delayMs} ms`,
      'threads that are enough': String(threads),
      'mutations/s': count(mutationsPerSecond),
      'p99 ms': fine(p99Ms),
      "the guide's timeout, ms": String(GUIDE_TIMEOUTS_MS[delayMs]),
      'shortest timeout without fallbacks, ms': shortestTimeout(results, delayMs, threads),
    };
  });
  return tableOf('What to choose', choices);
}

function shortestTimeout(results: readonly TuningResult[], delayMs: number, threads: number): string {
  const enough = TIMEOUTS_MS.find((timeoutMs) =>
    resultsOf(results, { experiment: 'threads', delayMs, threads, timeoutMs }).some(
      ({ notFastShare }) => notFastShare === 0,
    ),
  );
  return enough === undefined ? 'none of them' : String(enough);
}

function threadsTable(results: readonly TuningResult[]): Cells {
  return {
    title: 'Threads and timeout: mode hybrid, as many batches in flight as threads',
    head: ['added', 'threads', ...headsOf(TIMEOUTS_MS, 'p99 ms')],
    rows: DELAYS_MS.flatMap((delayMs) =>
      THREADS.map((threads) => [
        `${delayMs} ms`,
        String(threads),
        ...TIMEOUTS_MS.flatMap((timeoutMs) =>
          figuresOf(results, 'p99Ms', { experiment: 'threads', delayMs, threads, timeoutMs }),
        ),
      ]),
    ),
  };
}

function adaptiveTable(results: readonly TuningResult[]): Cells {
  return {
    title: `Threads alone: mode adaptive, the default number of batches in flight, timeout ${DEFAULTS.timeoutMs} ms`,
    head: ['threads', ...headsOf(DELAYS_MS, 'p99 ms')],
    rows: THREADS.map((threads) => [
      String(threads),
      ...DELAYS_MS.flatMap((delayMs) =>
        figuresOf(results, 'p99Ms', { experiment: 'adaptive', delayMs, threads }),
      ),
    ]),
  };
}

function outageTable(results: readonly TuningResult[]): Cells {
  return {
    title: `Timeout: the fast path is away for ${OUTAGE_MS / 1000} s of ${OUTAGE_MS / 1000 + 2} s; default settings otherwise`,
    head: ['timeout ms', ...headsOf(DELAYS_MS, 'longest wait ms')],
    rows: TIMEOUTS_MS.map((timeoutMs) => [
      String(timeoutMs),
      ...DELAYS_MS.flatMap((delayMs) =>
        figuresOf(results, 'maxMs', { experiment: 'outage', delayMs, timeoutMs }),
      ),
    ]),
  };
}

/** The heads of three columns for each of these times. */
function headsOf(times: readonly number[], latency: string): string[] {
  return times.flatMap((ms) => [`${ms} ms: mutations/s`, latency, 'not ASYNC_THREAD']);
}

/** What stands in these three columns of one load; nothing where it was not measured. */
function figuresOf(
  results: readonly TuningResult[],
  latency: 'p99Ms' | 'maxMs',
  load: Partial<TuningLoad>,
): string[] {
  const [result] = resultsOf(results, load);
  if (result === undefined) return ['', '', ''];
  return [count(result.mutationsPerSecond), fine(result[latency]), percent(result.notFastShare)];
}

/** The results of all loads that have these values. */
function resultsOf(results: readonly TuningResult[], load: Partial<TuningLoad>): TuningResult[] {
  return results.filter((result) =>
    Object.entries(load).every(([name, value]) => result[name as keyof TuningLoad] === value),
  );
}
