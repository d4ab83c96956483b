import type { SyncMode } from '@hybrid-sync/sync-core';
import {
  LatencyRecorder,
  type LatencySummary,
  type RestFindings,
  type SyncMethod,
} from '@hybrid-sync/trials';
import type { Depth } from '../measure/depth-log.js';
import type { ModeFindings, PeakWrite } from '../run-mode.js';

/** By how much the p99 of `adaptive` may be above the lowest of the others. */
export const P99_MARGIN = 0.1;

/** Parts of the load, as shares of its time: before the peak, the way up, the peak, the way down, after it. */
export const PHASES = { before: 0.15, rise: 0.35, peak: 0.6, fall: 0.75, after: 1 } as const;
/** See {@link PHASES}. */
export type PhaseName = keyof typeof PHASES;

/** One second of the load. */
export interface SecondOfLoad {
  /** Seconds from the start of the load. */
  readonly second: number;
  /** Writes that were due in it. */
  readonly writes: number;
  /** Their p99, in milliseconds. */
  readonly p99Ms: number;
}

/** Writes that ended alike. */
export interface Outcome {
  readonly method: SyncMethod;
  /** Why it was not the fast path; undefined where it was. */
  readonly fallbackReason: string | undefined;
  readonly writes: LatencySummary;
}

/** What became of the load in one mode. Latencies are in milliseconds from the intended time. */
export interface ModeReport {
  readonly mode: SyncMode;
  readonly writes: LatencySummary;
  /** By method and reason, the most frequent first. */
  readonly outcomes: readonly Outcome[];
  readonly phases: Readonly<Record<PhaseName, LatencySummary>>;
  readonly perSecond: readonly SecondOfLoad[];
  readonly depths: readonly Depth[];
  readonly mostEvents: number;
  readonly mostJournaled: number;
  /** From the end of the load until the queues were empty, in milliseconds. */
  readonly settleMs: number;
  readonly failed: number;
  readonly errors: ModeFindings['errors'];
  readonly wrong: number;
  readonly heldBack: number;
  readonly rest: RestFindings;
}

/** Puts a mode's report together. */
export function modeReportOf(found: ModeFindings, durationMs: number): ModeReport {
  const { writes, depths, rest, errors } = found;
  const names = Object.keys(PHASES) as PhaseName[];
  const phase = (name: PhaseName) => writes.filter(({ at }) => phaseAt(at / durationMs) === name);
  return {
    mode: found.mode,
    writes: summaryOf(writes),
    outcomes: outcomesOf(writes),
    phases: recordOf(names, (name) => summaryOf(phase(name))),
    perSecond: perSecondOf(writes),
    depths,
    mostEvents: Math.max(0, ...depths.map(({ events }) => events)),
    mostJournaled: Math.max(0, ...depths.map(({ journal }) => journal)),
    settleMs: rest.settle.elapsedMs,
    failed: errors.reduce((sum, each) => sum + each.count, 0),
    errors,
    wrong: found.wrong,
    heldBack: found.heldBack,
    rest,
  };
}

/** Why a run failed, a sentence each; none if it passed. */
export function faultsOf(modes: readonly ModeReport[]): string[] {
  const faults = modes.flatMap(({ mode, rest, failed, wrong, writes }) => {
    const { lostWrites, comparison, deadLetters, settle } = rest;
    return [
      ...(writes.count === 0 ? [`${mode}: no write was answered, so nothing was shown`] : []),
      ...(lostWrites.lost > 0 ? [`${mode}: ${lostWrites.lost} acknowledged writes are lost`] : []),
      ...(comparison.differing > 0
        ? [`${mode}: cache and shadows differ on ${comparison.differing} keys`]
        : []),
      ...(deadLetters > 0 ? [`${mode}: ${deadLetters} dead letters`] : []),
      ...(settle.settled ? [] : [`${mode}: the queues were not empty in time`]),
      ...(failed > 0 ? [`${mode}: ${failed} requests failed`] : []),
      ...(wrong > 0 ? [`${mode}: ${wrong} answers were wrong`] : []),
    ];
  });
  const adaptive = modes.find(({ mode }) => mode === 'adaptive');
  const others = modes.filter(({ mode }) => mode !== 'adaptive');
  if (adaptive === undefined || others.length === 0) return faults;
  const lowest = Math.min(...others.map(({ writes }) => writes.p99));
  if (adaptive.writes.p99 > (1 + P99_MARGIN) * lowest) {
    faults.push(
      `the p99 of writes is ${adaptive.writes.p99.toFixed(0)} ms in adaptive, and ${lowest.toFixed(0)} ms in another mode`,
    );
  }
  return faults;
}

function phaseAt(share: number): PhaseName {
  for (const [name, until] of Object.entries(PHASES)) if (share < until) return name as PhaseName;
  return 'after';
}

function outcomesOf(writes: readonly PeakWrite[]): Outcome[] {
  return [...groupedBy(writes, ({ method, fallbackReason }) => `${method} ${fallbackReason}`).values()]
    .flatMap((alike) =>
      alike.slice(0, 1).map(({ method, fallbackReason }) => ({
        method,
        fallbackReason,
        writes: summaryOf(alike),
      })),
    )
    .sort((a, b) => b.writes.count - a.writes.count);
}

function perSecondOf(writes: readonly PeakWrite[]): SecondOfLoad[] {
  return [...groupedBy(writes, ({ at }) => Math.floor(at / 1000))]
    .map(([second, each]) => ({ second, writes: each.length, p99Ms: summaryOf(each).p99 }))
    .sort((a, b) => a.second - b.second);
}

function groupedBy<K>(writes: readonly PeakWrite[], keyOf: (write: PeakWrite) => K): Map<K, PeakWrite[]> {
  const groups = new Map<K, PeakWrite[]>();
  for (const write of writes) {
    const key = keyOf(write);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [write]);
    else group.push(write);
  }
  return groups;
}

function summaryOf(writes: readonly PeakWrite[]): LatencySummary {
  const recorder = new LatencyRecorder();
  for (const { latencyMs } of writes) recorder.record(latencyMs);
  return recorder.summary();
}

function recordOf<K extends string, V>(keys: readonly K[], make: (key: K) => V): Record<K, V> {
  // fromEntries forgets the keys' type; every one of them was given a value here.
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, V>;
}
