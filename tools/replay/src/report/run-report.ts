import type {
  FaultySample,
  LatencySummary,
  LoadOutcome,
  MethodCounts,
  Operation,
  Phase,
  RestFindings,
  SyncMethod,
  Traffic,
} from '@hybrid-sync/trials';
import { faultsOf } from '../checks/verdict.js';
import type { ReplayOptions } from '../options.js';

/**
 * Everything a run found out; `--json` prints it as it stands. Latencies are in milliseconds from the
 * intended start.
 */
export interface RunReport extends RestFindings {
  readonly profile: string;
  readonly runId: string;
  /** Given again with `--seed`, it makes the same requests. */
  readonly seed: string;
  readonly seconds: number;
  /** Requests per second asked for. */
  readonly rate: number;
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
  readonly operations: Readonly<Record<Operation, LatencySummary & { readonly failed: number }>>;
  readonly methods: Readonly<Record<SyncMethod, LatencySummary>>;
  /** Writes by method before, during and after the outage; absent without one. */
  readonly outage?: { readonly seconds: number; readonly methods: Readonly<Record<Phase, MethodCounts>> };
  readonly reads: {
    readonly found: number;
    readonly absent: number;
    /** Reads whose right answer can't be told, as a write or the expiry came in between. */
    readonly notJudged: number;
    readonly wrong: number;
    readonly firstWrong: readonly FaultySample[];
  };
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
  const latencies = tally.latencyByOperation();
  const operation = (op: Operation) => ({ ...latencies[op], failed: tally.failedByOperation[op] });
  const phases = {
    before: tally.methodsIn('before'),
    during: tally.methodsIn('during'),
    after: tally.methodsIn('after'),
  };
  return {
    profile,
    runId,
    seed,
    seconds,
    rate,
    achievedRate: tally.answered / (load.elapsedMs / 1000),
    requests: { planned, sent: load.sent, answered: tally.answered, failed: tally.failed },
    heldBack: load.heldBack,
    errors: tally.errors,
    latency: tally.latency(),
    operations: { get: operation('get'), set: operation('set'), delete: operation('delete') },
    methods: tally.latencyByMethod(),
    ...(fastPathOutage === undefined ? {} : { outage: { seconds: fastPathOutage, methods: phases } }),
    reads: { ...reads, firstWrong: wrongReads },
    orderFaults: { count: orderFaultCount, first: orderFaults },
    ...rest,
    faults: faultsOf({
      answered: tally.answered,
      wrongReads: reads.wrong,
      orderFaults: orderFaultCount,
      ...rest,
    }),
  };
}
