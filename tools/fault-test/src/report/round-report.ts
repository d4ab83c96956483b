import {
  faultsAtRest,
  groupedBy,
  type LatencySummary,
  latenciesOf,
  type RestFindings,
  recordOf,
  SYNC_METHODS,
  type SyncMethod,
  seconds,
} from '@hybrid-sync/trials';
import type { RoundOfTraffic } from '../load/fault-traffic.js';
import { isAcknowledged, mayFail, type WriteRecord } from '../load/write-record.js';
import { MAX_GREEN_MS } from '../measure/green-watch.js';
import { type OutageLatencies, type OutageSamples, outageLatencies } from '../measure/outage-samples.js';
import type { FalseGreen } from '../measure/probe-sampler.js';
import type { RegisterFindings } from '../registers/conditional-clients.js';
import type { Schedule } from '../schedule/make-schedule.js';
import type { DowntimeLog } from '../system/downtime.js';

/** Most failures listed by their reason. */
const MOST_REASONS = 10;

/** Everything a round found out; `--json` prints it as it stands. All times are in milliseconds. */
export interface RoundReport {
  /** From 1. */
  readonly round: number;
  readonly schedule: Schedule;
  /** Length of the load. */
  readonly loadMs: number;
  /** From the mending of the last fault until nothing waited any more. */
  readonly recoveryMs: number;
  readonly writes: {
    readonly acknowledged: number;
    readonly methods: Readonly<Record<SyncMethod, number>>;
    /** A pod said no, or nothing listened. */
    readonly refused: number;
    /** The connection broke, or no answer came in time. */
    readonly unanswered: number;
    /** Refused or unanswered although neither Redis nor the pod that was asked was down. */
    readonly unexplained: number;
    /** The first of those, a line each. */
    readonly firstUnexplained: readonly string[];
    readonly reasons: readonly { readonly reason: string; readonly count: number }[];
    /** Of acknowledged writes, from the time they should have been sent. */
    readonly latency: LatencySummary;
  };
  readonly frozenMongodb: OutageLatencies;
  readonly killedMongodb: OutageLatencies;
  /** Answers that broke a promise: a wrong read, a version that did not rise. */
  readonly faultyAnswers: { readonly count: number; readonly first: readonly string[] };
  /** Bare writes that Redis itself lost when it was killed. */
  readonly redisLost: number;
  /** Longest time that each process said ready while its writes or drains failed. */
  readonly probes: readonly FalseGreen[];
  /** Conditional writes, judged as those of a register for each key. */
  readonly registers: RegisterFindings;
  /** What a fault showed to be broken, as sentences. */
  readonly findings: readonly string[];
  readonly rest: RestFindings;
  /** Names of the processes that were not ready in the end. */
  readonly notReady: readonly string[];
  /** Processes that ended by themselves. */
  readonly exits: readonly string[];
  /** Why the round failed, a sentence each; empty if it passed. */
  readonly faults: readonly string[];
}

/** What a report is made of: what goes into it as it stands, and the single writes. */
export interface RoundSources
  extends Readonly<RoundOfTraffic>,
    Omit<RoundReport, 'writes' | 'frozenMongodb' | 'killedMongodb' | 'faultyAnswers' | 'faults'> {
  readonly frozenMongodb: OutageSamples;
  readonly killedMongodb: OutageSamples;
  readonly downtimes: DowntimeLog;
}

/** Puts a round's report together. */
export function roundReportOf({
  writes,
  faulty,
  faultyCount,
  frozenMongodb,
  killedMongodb,
  downtimes,
  ...asItStands
}: RoundSources): RoundReport {
  const failed = writes.filter((write) => !isAcknowledged(write));
  const unexplained = failed.filter((write) => !mayFail(write, downtimes));
  const acknowledged = writes.filter(isAcknowledged);
  const found = {
    ...asItStands,
    writes: {
      acknowledged: acknowledged.length,
      methods: methodsOf(acknowledged),
      refused: failed.filter(({ outcome }) => outcome === 'refused').length,
      unanswered: failed.filter(({ outcome }) => outcome === 'unanswered').length,
      unexplained: unexplained.length,
      firstUnexplained: unexplained.slice(0, MOST_REASONS).map((write) => lineOf(write, downtimes)),
      reasons: reasonsOf(failed),
      latency: latenciesOf(acknowledged.map(({ intendedAt, endedAt }) => endedAt - intendedAt)),
    },
    frozenMongodb: outageLatencies(frozenMongodb),
    killedMongodb: outageLatencies(killedMongodb),
    faultyAnswers: { count: faultyCount, first: faulty },
  };
  return { ...found, faults: faultsOf(found) };
}

/** Why a round counts as failed, one sentence each. */
function faultsOf(found: Omit<RoundReport, 'faults'>): string[] {
  const { writes, rest, faultyAnswers, notReady, exits, redisLost } = found;
  const faults: string[] = [];
  if (writes.acknowledged === 0) faults.push('no write was acknowledged, so nothing was shown');
  faults.push(...faultsAtRest(rest));
  if (rest.deadLetters > 0) faults.push(`${rest.deadLetters} events are dead letters`);
  if (faultyAnswers.count > 0) faults.push(`${faultyAnswers.count} answers broke a promise`);
  if (writes.unexplained > 0) {
    faults.push(`${writes.unexplained} writes failed although Redis and the pod that was asked were up`);
  }
  faults.push(...found.registers.broken, ...found.findings);
  faults.push(...found.probes.filter(({ greenMs }) => greenMs > MAX_GREEN_MS).map(greenLine));
  if (notReady.length > 0) faults.push(`not ready in the end: ${notReady.join(', ')}`);
  faults.push(...exits);
  if (faults.length > 0 && redisLost > 0) {
    faults.push('in this round Redis itself lost writes that it had acknowledged, which may be the reason');
  }
  return faults;
}

function methodsOf(acknowledged: readonly WriteRecord[]): Record<SyncMethod, number> {
  return recordOf(SYNC_METHODS, (method) => acknowledged.filter(({ outcome }) => outcome === method).length);
}

/** Which process said ready while it failed, from when on and of what, so that its log can be read there. */
function greenLine({ name, what, greenMs, fromMs, slot }: FalseGreen): string {
  const of = slot === undefined ? what : `${what} of slot ${slot}`;
  return `${name} said ready for ${seconds(greenMs)} while ${of} failed, from ${seconds(fromMs)} on`;
}

/** What became of a write, and how long after the downtime before it. */
function lineOf({ outcome, reason, pods, intendedAt, endedAt }: WriteRecord, downtimes: DowntimeLog): string {
  const last = downtimes.lastBefore(intendedAt);
  const when =
    last === undefined
      ? ''
      : `, ${seconds(intendedAt - last.until)} after ${last.subject} was down (${last.why})`;
  const asked = pods.map((pod) => `api-${pod}`).join(', ');
  return `${outcome}: ${reason} by ${asked} in ${seconds(endedAt - intendedAt)}${when}`;
}

function reasonsOf(failed: readonly WriteRecord[]): { reason: string; count: number }[] {
  const groups = groupedBy(failed, ({ outcome, reason }) => `${outcome}: ${reason}`);
  return Array.from(groups, ([reason, { length: count }]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_REASONS);
}
