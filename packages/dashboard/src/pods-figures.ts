import type { ToolResult } from '@hybrid-sync/tool-contract';
import { formatAgo, formatCount, formatMs, formatRate, formatShare, formatSum, UNKNOWN } from './format.js';
import { MOST_COUNTED } from './pod-histories.js';
import type { Severity } from './readiness.js';

type Statistics = ToolResult<'hybrid_sync_stats'>;
type Pod = NonNullable<Statistics['pods']>[number];
type Projector = NonNullable<Statistics['projectors']>[number];

/** A process as a row of a table. */
export interface ProcessRow {
  /** Host, process and a random part. */
  readonly id: string;
  readonly severity: Severity;
  readonly cells: readonly string[];
}

const METHODS = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const;

/** A pod as a row. */
export function podRow(pod: Pod): ProcessRow {
  const { id, ageMs, activeThreads, maxThreads, writesPerSec, p99Ms } = pod;
  const writes = writesOf(pod);
  const fast = writes ? (writesPerSec?.ASYNC_THREAD ?? 0) / writes : null;
  const { severity, text } = stateOf(pod);
  return {
    id,
    severity,
    cells: [
      id,
      text,
      formatRate(writes),
      formatShare(fast),
      formatRate(writesPerSec?.refused ?? null),
      formatMs(p99Ms ?? null),
      `${formatCount(activeThreads)} of ${formatCount(maxThreads)}`,
      formatAgo(ageMs),
    ],
  };
}

/** A projector as a row. */
export function projectorRow({
  id,
  ageMs,
  draining,
  maxDrains,
  failing,
  projectedPerSec,
}: Projector): ProcessRow {
  return {
    id,
    severity: failing === null ? 'good' : 'bad',
    cells: [
      id,
      failing === null ? '✓ drains succeed' : failed('drains fail', failing),
      formatRate(projectedPerSec ?? null),
      `${formatCount(draining)} of ${formatCount(maxDrains)}`,
      formatAgo(ageMs),
    ],
  };
}

/** The sums of all pods and projectors, by the ids of their places; of a part that is not known, at least what is. */
export function sumsOf({ pods, projectors, outboxEvents, journal }: Statistics) {
  const all = pods ?? [];
  const total = (of: (pod: Pod) => number | null) =>
    pods === null ? UNKNOWN : formatSum(all.map(of), Number.POSITIVE_INFINITY, formatRate);
  const written = sum(all.map((pod) => writesOf(pod) ?? 0));
  const fast = sum(all.map(({ writesPerSec }) => writesPerSec?.ASYNC_THREAD ?? 0));
  const times = all.flatMap(({ p99Ms }) => (p99Ms == null ? [] : [p99Ms]));
  return {
    pods: formatCount(pods?.length ?? null),
    projectors: formatCount(projectors?.length ?? null),
    writes: total(writesOf),
    fast: formatShare(written === 0 ? null : fast / written),
    refused: total(({ writesPerSec }) => writesPerSec?.refused ?? null),
    latency: formatMs(times.length === 0 ? null : Math.max(...times)),
    workers: `${formatCount(sum(all.map((pod) => pod.activeThreads)))} of ${formatCount(sum(all.map((pod) => pod.maxThreads)))}`,
    projected:
      projectors === null
        ? UNKNOWN
        : formatSum(
            projectors.map(({ projectedPerSec }) => projectedPerSec ?? null),
            Number.POSITIVE_INFINITY,
            formatRate,
          ),
    waiting: formatSum([outboxEvents.unprocessed, journal.pending], MOST_COUNTED),
  };
}

function writesOf({ writesPerSec }: Pod): number | null {
  return writesPerSec === undefined ? null : sum(METHODS.map((method) => writesPerSec[method]));
}

function stateOf({ failing, circuitBreakers: { fast, outbox } }: Pod): { severity: Severity; text: string } {
  if (failing) return { severity: 'bad', text: failed('writes fail', failing) };
  const open = [
    ...(fast === 'closed' ? [] : [`fast path ${fast}`]),
    ...(outbox === 'closed' ? [] : [`outbox ${outbox}`]),
  ];
  return open.length === 0
    ? { severity: 'good', text: '✓ writes succeed' }
    : { severity: 'warning', text: `▲ breaker: ${open.join(', ')}` };
}

function failed(what: string, { cause, forMs }: { readonly cause: string; readonly forMs: number }): string {
  return `✕ ${what}, ${Math.floor(forMs / 1000)} s (${cause})`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
