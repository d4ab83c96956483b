import type { ToolResult } from '@hybrid-sync/tool-contract';

/** What the api answers to the page again and again. */
export type HistoryAnswer = ToolResult<'hybrid_sync_history'>;
/** The name of a column. */
export type ColumnName = keyof HistoryAnswer['samples'];
/** Samples column by column; a row of nulls stands for time of which nothing is known. */
export type Columns = Record<ColumnName, (number | null)[]>;

/** Counts of what waits go no further. */
export const MOST_COUNTED = 10_000;
/** Seconds whose mean stands for now: enough to be steady, few enough to be now. */
export const NOW_SEC = 3;
/** Samples that are kept, one a second: a quarter of an hour. */
const KEPT = 900;
/** Rows further apart than this have something missing between them, in milliseconds. */
const GAP_MS = 3500;
/** A pod that did not answer for this time is gone, in milliseconds: it is not shown while another one answers. */
const GONE_MS = 5000;

/** One pod, as far as its answers tell. */
export interface KnownPod {
  readonly answer: HistoryAnswer;
  readonly columns: Columns;
  /** When it answered last, on the page's clock. */
  readonly heardAt: number;
}

/**
 * What each pod has told. Behind a load balancer every answer may be another pod's: they are kept apart, and one of
 * them is shown.
 */
export class PodHistories {
  readonly #pods = new Map<string, KnownPod>();
  #shown: string | undefined;

  /** Takes an answer in. `now`: on the page's clock, in milliseconds. */
  add(answer: HistoryAnswer, now: number): void {
    const columns = this.#pods.get(answer.pod)?.columns ?? emptyColumns();
    append(columns, answer.samples);
    this.#pods.set(answer.pod, { answer, columns, heardAt: now });
    for (const [pod, { heardAt }] of this.#pods) if (now - heardAt > GONE_MS) this.#pods.delete(pod);
    if (this.#shown === undefined || !this.#pods.has(this.#shown)) this.#shown = answer.pod;
  }

  /** Names of the pods that answer. */
  get names(): readonly string[] {
    return [...this.#pods.keys()].sort();
  }

  /** The pod that is shown; undefined before the first answer. */
  get shown(): KnownPod | undefined {
    return this.#shown === undefined ? undefined : this.#pods.get(this.#shown);
  }

  /** Shows another pod. */
  show(name: string): void {
    if (this.#pods.has(name)) this.#shown = name;
  }

  /** From when on any of the pods may have something new to tell, in milliseconds since 1970; 0 for everything. */
  get newSince(): number {
    const ends = [...this.#pods.values()].map(({ columns }) => columns.at.at(-1) ?? 0);
    return ends.length === 0 ? 0 : Math.min(...ends);
  }

  /** Forgets everything. */
  clear(): void {
    this.#pods.clear();
    this.#shown = undefined;
  }
}

const COLUMNS: readonly ColumnName[] = [
  ...(['at', 'ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED', 'refused'] as const),
  ...(['TIMEOUT', 'QUEUE_FULL', 'FAST_PATH_FAILED', 'HIGH_LOAD', 'BREAKER_OPEN', 'EVENT_ONLY'] as const),
  ...(['p50Ms', 'p95Ms', 'p99Ms', 'workersActive', 'batchesInFlight', 'queueWaiting'] as const),
  ...(['outboxUnprocessed', 'deadLetters', 'journalPending', 'projectedEvents', 'projectedEntries'] as const),
  ...(['isHighLoad', 'fastBreakerOpen', 'outboxBreakerOpen', 'cacheMs', 'mongodbMs'] as const),
];

/** Columns without rows. */
export function emptyColumns(): Columns {
  return pastColumns({});
}

/** Columns of what is known of the past; of the others nothing is. */
export function pastColumns(
  samples: Partial<Readonly<Record<ColumnName, readonly (number | null)[]>>>,
): Columns {
  const rows = samples.at ?? [];
  return Object.fromEntries(
    COLUMNS.map((name) => [name, [...(samples[name] ?? rows.map(() => null))]]),
  ) as Columns;
}

/** Appends the rows that are newer than those there are, and drops the oldest beyond a quarter of an hour. */
export function append(columns: Columns, more: HistoryAnswer['samples']): void {
  more.at.forEach((at, row) => {
    const last = columns.at.at(-1) ?? null;
    if (last !== null && at <= last) return;
    if (last !== null && at - last > GAP_MS) addRow(columns, last + 1, () => null);
    addRow(columns, at, (name) => more[name]?.[row] ?? null);
  });
  const surplus = columns.at.length - KEPT;
  if (surplus > 0) for (const name of COLUMNS) columns[name].splice(0, surplus);
}

function addRow(columns: Columns, at: number, value: (name: ColumnName) => number | null): void {
  for (const name of COLUMNS) columns[name].push(name === 'at' ? at : value(name));
}

/** Mean of a column's last rows, those that are not known left out; null where none is. */
export function recent(columns: Columns, name: ColumnName, rows: number): number | null {
  const known = columns[name].slice(-rows).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Writes per second, however they went: the mean of the last rows; null where that is not known. */
export function writesPerSecond(columns: Columns, rows: number): number | null {
  const rates = (['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const).map((name) =>
    recent(columns, name, rows),
  );
  return rates.every((rate) => rate === null)
    ? null
    : rates.reduce<number>((sum, rate) => sum + (rate ?? 0), 0);
}

/** The last value of a column; null where it is not known. */
export function latest(columns: Columns, name: ColumnName): number | null {
  return columns[name].at(-1) ?? null;
}
