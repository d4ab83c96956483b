import {
  LatencyRecorder,
  type LatencySummary,
  type RestFindings,
  SYNC_METHODS,
  type SyncMethod,
} from '@hybrid-sync/replay';
import type { SyncMode } from '@hybrid-sync/sync-core';
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

/** What became of the load in one mode. Latencies are in milliseconds from the intended time. */
export interface ModeReport {
  readonly mode: SyncMode;
  readonly writes: LatencySummary;
  readonly methods: Readonly<Record<SyncMethod, number>>;
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
  const count = (method: SyncMethod) => writes.filter((write) => write.method === method).length;
  const names = Object.keys(PHASES) as PhaseName[];
  const phase = (name: PhaseName) => writes.filter(({ at }) => phaseAt(at / durationMs) === name);
  return {
    mode: found.mode,
    writes: summaryOf(writes),
    methods: recordOf(SYNC_METHODS, count),
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

function perSecondOf(writes: readonly PeakWrite[]): SecondOfLoad[] {
  const seconds = new Map<number, PeakWrite[]>();
  for (const write of writes) {
    const second = Math.floor(write.at / 1000);
    const others = seconds.get(second);
    if (others === undefined) seconds.set(second, [write]);
    else others.push(write);
  }
  return [...seconds]
    .map(([second, each]) => ({ second, writes: each.length, p99Ms: summaryOf(each).p99 }))
    .sort((a, b) => a.second - b.second);
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
