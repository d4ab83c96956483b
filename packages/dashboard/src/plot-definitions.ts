import { formatCount, formatMs, formatRate } from './format.js';
import { type ColumnName, type KnownPod, MOST_COUNTED } from './pod-histories.js';

/** One line of a plot. */
export interface PlotLine {
  readonly label: string;
  readonly column: ColumnName;
  /** Name of the colour's custom property, without the dashes. */
  readonly colour: string;
  /** Lengths of strokes and gaps, in pixels, so that lines are told apart without colours; none for a solid line. */
  readonly dash?: readonly number[];
  /** Whether the area below is tinted. */
  readonly filled?: true;
}

/** A level that the lines do not exceed, or should not. */
export interface PlotBound {
  readonly label: string;
  readonly value: number;
}

/** A plot: what it shows, and how its values are written. */
export interface PlotDefinition {
  readonly id: string;
  readonly title: string;
  /** Whose figures these are. */
  readonly scope: 'this pod' | 'all pods';
  readonly lines: readonly PlotLine[];
  readonly format: (value: number | null) => string;
  /** Whether Prometheus has nothing of it. */
  readonly ofNow?: true;
  /** A bound to be drawn. */
  readonly bound?: (pod: KnownPod) => PlotBound;
}

const DASHED = [7, 4];
const DOTTED = [2, 4];
const line = (label: string, column: ColumnName, colour: string, dash?: readonly number[]): PlotLine => ({
  label,
  column,
  colour,
  ...(dash === undefined ? { filled: true } : { dash }),
});

const boundOf = (workers: number): PlotBound => ({ label: `${workers} workers`, value: workers });

/** The plots, in the order of the page. */
export const PLOTS: readonly PlotDefinition[] = [
  {
    id: 'methods',
    title: 'Writes per second, by method',
    scope: 'this pod',
    format: formatRate,
    lines: [
      line('ASYNC_THREAD', 'ASYNC_THREAD', 'fast'),
      line('EVENT_BASED', 'EVENT_BASED', 'event', DASHED),
      line('JOURNALED', 'JOURNALED', 'journal', DOTTED),
      line('refused', 'refused', 'bad', [9, 3, 2, 3]),
    ],
  },
  {
    id: 'latency',
    title: 'Time to the answer',
    scope: 'this pod',
    format: formatMs,
    lines: [
      line('median', 'p50Ms', 'first'),
      line('95 %', 'p95Ms', 'second', DASHED),
      line('99 %', 'p99Ms', 'third', DOTTED),
    ],
  },
  {
    id: 'pool',
    title: 'Fast path: workers and queue',
    scope: 'this pod',
    format: (value) => formatCount(value),
    lines: [
      line('busy', 'workersActive', 'fast'),
      line('in flight', 'batchesInFlight', 'first', DASHED),
      line('waiting, of all pods', 'queueWaiting', 'event', DOTTED),
    ],
    bound: ({ answer }) => boundOf(answer.configuration.maxAsyncThreads),
  },
  {
    id: 'backlog',
    title: 'Waiting for the shadows',
    scope: 'all pods',
    format: (value) => formatCount(value, MOST_COUNTED),
    lines: [
      line('outbox', 'outboxUnprocessed', 'event'),
      line('journal', 'journalPending', 'journal', DASHED),
      line('dead letters', 'deadLetters', 'bad', DOTTED),
    ],
  },
  {
    id: 'projectors',
    title: 'Projected per second',
    scope: 'all pods',
    format: formatRate,
    lines: [
      line('outbox events', 'projectedEvents', 'event'),
      line('journal entries', 'projectedEntries', 'journal', DASHED),
    ],
  },
  {
    id: 'stores',
    title: 'Stores: time to answer a ping',
    ofNow: true,
    scope: 'this pod',
    format: formatMs,
    lines: [line('Redis', 'cacheMs', 'third'), line('MongoDB', 'mongodbMs', 'fast', DASHED)],
  },
];
