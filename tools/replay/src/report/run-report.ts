import {
  type FaultySample,
  faultsAtRest,
  type LatencySummary,
  type LoadOutcome,
  type MethodCounts,
  OPERATIONS,
  type Phase,
  type RequestOp,
  type RestFindings,
  recordOf,
  SYNC_METHODS,
  type SyncMethod,
  type Traffic,
} from '@hybrid-sync/trials';
import type { ReplayOptions } from '../options.js';

/**
 * Everything a run found out; `--json` prints it as it stands. Latencies are in milliseconds from the
 * intended start.
 */
export interface RunReport
  extends RestFindings,
    Pick<ReplayOptions, 'profile' | 'seed' | 'seconds' | 'rate'> {
  readonly runId: string;
  /** Requests per second answered, from the start until the last answer. */
  readonly achievedRate: number;
  readonly requests: {
    readonly planned: number;
    readonly sent: number;
    readonly answered: number;
    readonly failed: number;
  };
  /** Requests that waited because too many were under way. */
  readonly heldBack: number;
  readonly errors: readonly { readonly error: string; readonly count: number }[];
  readonly latency: LatencySummary;
  readonly operations: Readonly<Record<RequestOp, LatencySummary & { readonly failed: number }>>;
  readonly methods: Readonly<Record<SyncMethod, LatencySummary>>;
  /** Writes by method before, during and after the outage; absent without one. */
  readonly outage?: { readonly seconds: number; readonly methods: Readonly<Record<Phase, MethodCounts>> };
  readonly reads: Readonly<Traffic['reads']> & { readonly firstWrong: readonly FaultySample[] };
  /** Writes whose version was not above an earlier acknowledged one of their key. */
  readonly orderFaults: { readonly count: number; readonly first: readonly FaultySample[] };
  /** Why the run failed, a sentence each; empty if it passed. */
  readonly faults: readonly string[];
}

/** What a report is made of. */
export interface ReportSources {
  readonly options: ReplayOptions;
  readonly runId: string;
  /** Requests that were planned. */
  readonly planned: number;
  readonly traffic: Traffic;
  readonly load: LoadOutcome;
  readonly rest: RestFindings;
}

/** Puts a run's report together. */
export function reportOf({ options, runId, planned, traffic, load, rest }: ReportSources): RunReport {
  const { tally, reads, wrongReads, orderFaults, orderFaultCount } = traffic;
  const { profile, seed, seconds, rate, fastPathOutage } = options;
  const { answered, failed, errors, failedByOperation } = tally;
  return {
    ...{ profile, runId, seed, seconds, rate },
    achievedRate: answered / (load.elapsedMs / 1000),
    requests: { planned, sent: load.sent, answered, failed },
    heldBack: load.heldBack,
    errors,
    latency: tally.all.summary(),
    operations: recordOf(OPERATIONS, (op) => ({
      ...tally.byOperation[op].summary(),
      failed: failedByOperation[op],
    })),
    methods: recordOf(SYNC_METHODS, (method) => tally.byMethod[method].summary()),
    ...(fastPathOutage !== undefined && { outage: { seconds: fastPathOutage, methods: tally.byPhase } }),
    reads: { ...reads, firstWrong: wrongReads },
    orderFaults: { count: orderFaultCount, first: orderFaults },
    ...rest,
    faults: faultsOf({ answered, wrongReads: reads.wrong, orderFaults: orderFaultCount, ...rest }),
  };
}

/** What the checks of a run found. */
export type RunFindings = Parameters<typeof faultsAtRest>[0] & {
  readonly answered: number;
  readonly wrongReads: number;
  readonly orderFaults: number;
};

/**
 * Why a run counts as failed, one sentence each; none if it passed. Failed requests alone are no reason: the
 * run may be there to see what a dying pod does, and what was never acknowledged can't be lost. But a run
 * without a single answer has shown nothing.
 */
export function faultsOf({ answered, wrongReads, orderFaults, ...rest }: RunFindings): string[] {
  return [
    ...(answered === 0 ? ['no request was answered, so nothing was shown'] : []),
    ...(wrongReads > 0
      ? [`${wrongReads} reads returned something else than the newest acknowledged value`]
      : []),
    ...(orderFaults > 0 ? [`${orderFaults} writes got a version not above one acknowledged before`] : []),
    ...faultsAtRest(rest),
  ];
}
