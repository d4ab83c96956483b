import {
  type AnsweredWrite,
  faultsAtRest,
  groupedBy,
  type LatencySummary,
  latenciesOf,
  recordOf,
} from '@hybrid-sync/trials';
import { PART_NAMES, type PartName, partAt } from '../load/peak-curve.js';
import type { ModeFindings, PeakWrite } from '../run-mode.js';

/** By how much the p99 of `adaptive` may be above the lowest of the others. */
const P99_MARGIN = 0.1;

/** One second of the load. */
interface SecondOfLoad {
  /** Seconds from the start of the load. */
  readonly second: number;
  /** Writes that were due in it. */
  readonly writes: number;
  /** Their p99, in milliseconds. */
  readonly p99Ms: number;
}

/** Writes that ended alike. */
interface Outcome extends Pick<AnsweredWrite, 'method' | 'fallbackReason'> {
  readonly writes: LatencySummary;
}

/** What became of the load in one mode. Latencies are in milliseconds from the intended time. */
export interface ModeReport extends Omit<ModeFindings, 'writes'> {
  readonly writes: LatencySummary;
  /** By method and reason, the most frequent first. */
  readonly outcomes: readonly Outcome[];
  readonly phases: Readonly<Record<PartName, LatencySummary>>;
  readonly perSecond: readonly SecondOfLoad[];
  readonly mostEvents: number;
  readonly mostJournaled: number;
  /** From the end of the load until the queues were empty, in milliseconds. */
  readonly settleMs: number;
  readonly failed: number;
}

/** Puts a mode's report together. */
export function modeReportOf(found: ModeFindings, durationMs: number): ModeReport {
  const { writes, depths, rest, errors } = found;
  const during = (name: PartName) => writes.filter(({ at }) => partAt(at / durationMs) === name);
  return {
    ...found,
    writes: summaryOf(writes),
    outcomes: outcomesOf(writes),
    phases: recordOf(PART_NAMES, (name) => summaryOf(during(name))),
    perSecond: perSecondOf(writes),
    mostEvents: Math.max(0, ...depths.map(({ events }) => events)),
    mostJournaled: Math.max(0, ...depths.map(({ journal }) => journal)),
    settleMs: rest.settle.elapsedMs,
    failed: errors.reduce((sum, each) => sum + each.count, 0),
  };
}

/** Why a run failed, a sentence each; none if it passed. */
export function faultsOf(modes: readonly ModeReport[]): string[] {
  const faults = modes.flatMap(({ mode, rest, failed, wrong, writes }) => {
    const ofMode = [
      ...(writes.count === 0 ? ['no write was answered, so nothing was shown'] : []),
      ...faultsAtRest(rest),
      ...(rest.deadLetters > 0 ? [`${rest.deadLetters} events are dead letters`] : []),
      ...(failed > 0 ? [`${failed} requests failed`] : []),
      ...(wrong > 0 ? [`${wrong} answers were wrong`] : []),
    ];
    return ofMode.map((fault) => `${mode}: ${fault}`);
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

function summaryOf(writes: readonly PeakWrite[]): LatencySummary {
  return latenciesOf(writes.map(({ latencyMs }) => latencyMs));
}
