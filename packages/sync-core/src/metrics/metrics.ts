import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { FallbackReason, SyncMethod } from '../mutation.js';
import { AnsweredCounter } from './answered-counter.js';
import { type LabelsOfMetric, METRICS, type MetricOf } from './catalogue.js';
import type { LabelValues, MetricDefinition } from './definition.js';
import { SeriesHistogram } from './series-histogram.js';
import { WriteTally } from './write-tally.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * How often the event loop is looked at for its lag, in milliseconds, which is the least that Node tells of one. Its default of
 * 10 woke an idle process a hundred times a second: half of all that it cost.
 */
const LAG_STEP_MS = 100;

/** Series of a gauge with labels, as they are when it is scraped. */
export type Series<Name extends MetricOf<'gauge'>> = readonly (readonly [LabelsOfMetric<Name>, number])[];

/** What became of mutations that were brought to the shadows together. */
export interface Applied {
  readonly applied: number;
  /** They found a newer version there. */
  readonly stale: number;
  /** A newer one of their key stood for them. */
  readonly coalesced: number;
  /** Keys whose shadow the store refused. */
  readonly failed: { readonly size: number };
}

/**
 * What a process tells Prometheus: the metrics of {@link METRICS} that are its own, and Node's. Counting is done in
 * memory; a scrape reads memory alone.
 */
export class Metrics {
  /** Holds every metric of the process. */
  readonly registry: Registry;
  /** Whether anything is counted for Prometheus; benchmarks that ask what that costs have it off. */
  readonly counting: boolean;
  /** What became of the writes since someone last looked. */
  readonly writes = new WriteTally();
  /** Mutations that this projector brought to the shadows since its start, stale and coalesced ones included, by source. */
  readonly projectedSoFar = { outbox: 0, journal: 0 };
  readonly #counters: { [Name in MetricOf<'counter'>]?: Counter } = {};
  readonly #histograms: { [Name in MetricOf<'histogram'>]?: SeriesHistogram } = {};
  /** Mutations that were answered. */
  #answered: AnsweredCounter | undefined;
  readonly #readers = new Map<MetricOf<'gauge'>, () => number | undefined | Series<MetricOf<'gauge'>>>();

  /**
   * `own`: a registry of the application, where metrics of the role are added, and nothing else is changed; what another
   * role has there already is shared.
   */
  constructor(role: 'api' | 'projector', counting = true, own?: Registry) {
    this.counting = counting;
    this.registry = own ?? new Registry();
    if (own === undefined) this.registry.setDefaultLabels({ role });
    if (!counting) return;
    if (own === undefined) {
      collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_STEP_MS });
    }
    for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
      if (definition.process === role || definition.process === 'both') this.#register(name, definition);
    }
    this.show('buildInfo', () => [[{ version, node: process.version }, 1]]);
  }

  /** A write was answered. */
  answered(
    op: 'set' | 'del',
    method: SyncMethod,
    fallback: FallbackReason | undefined,
    seconds: number,
  ): void {
    this.writes.answered(method, fallback, seconds);
    this.#answered?.count(op, method);
    this.#histograms.mutationSeconds?.observe(method, seconds);
    if (fallback !== undefined) this.#counters.fallbacks?.inc({ reason: fallback });
  }

  /** A write was refused with nothing changed. */
  refused(code: string): void {
    // A condition that does not hold is the caller's business.
    if (code !== 'PRECONDITION_FAILED') this.writes.refused();
    this.#counters.refused?.inc({ code });
  }

  /** Something that is no record of ours was found where one should be. */
  foreignFound(place: 'pair' | 'journal'): void {
    this.#counters.foreignRecords?.inc({ place });
  }

  /** A mutation met another one of its key in the batch now forming: one of them stands for both. */
  batchCoalesced(route: 'fast' | 'outbox'): void {
    this.#counters.batchCoalesced?.inc({ route });
  }

  /** A batch left. */
  batchSent(route: 'fast' | 'outbox', mutations: number): void {
    this.#histograms.batchMutations?.observe(route, mutations);
  }

  /** A batch ended, one way or the other. */
  batchEnded(route: 'fast' | 'outbox', seconds: number, failed: boolean): void {
    this.#histograms.batchSeconds?.observe(route, seconds);
    if (failed) this.#counters.batchFailures?.inc({ route });
  }

  /** A fast batch is in the shadows; `stale` of its mutations came too late. */
  fastApplied(applied: number, stale: number): void {
    this.#counters.fastApplied?.inc(applied);
    this.#counters.stale?.inc({ path: 'fast' }, stale);
  }

  /** The projector brought mutations to the shadows. */
  projected(source: 'outbox' | 'journal', { applied, stale, coalesced, failed }: Applied): void {
    this.projectedSoFar[source] += applied + stale + coalesced;
    this.#counters.projected?.inc({ source }, applied);
    this.#counters.stale?.inc({ path: source }, stale);
    this.#counters.projectionCoalesced?.inc({ source }, coalesced);
    this.#counters.projectionRefused?.inc({ source }, failed.size);
  }

  /** Events became dead letters. */
  deadLettered(count: number): void {
    this.#counters.deadLettered?.inc(count);
  }

  /** A drain of a slot ended. */
  drained(outcome: 'done' | 'failed', seconds: number): void {
    this.#histograms.drainSeconds?.observe(outcome, seconds);
  }

  /** A sweep ended. */
  swept(outcome: 'done' | 'failed'): void {
    this.#counters.sweeps?.inc({ outcome });
  }

  /** A sweep began to drain slots that no wake-up brought about. */
  taken(slots: number): void {
    this.#counters.taken?.inc(slots);
  }

  /** A job that is none of ours was refused. */
  jobRefused(queue: 'fast' | 'projection'): void {
    this.#counters.jobsRefused?.inc({ queue });
  }

  /** A route's circuit breaker opened, or closed again. */
  breakerChanged(route: 'fast' | 'outbox', state: 'open' | 'closed'): void {
    this.#counters.breakerTransitions?.inc({ route, state });
  }

  /** Settings were changed while the process ran; `names`: their YAML paths. */
  settingsChanged(names: readonly string[]): void {
    for (const setting of names) this.#counters.settingChanges?.inc({ setting });
  }

  /** An index was missing in MongoDB, and was made again. */
  indexRemade(index: string): void {
    this.#counters.indexesRemade?.inc({ index });
  }

  /** A request was turned away for who sent it. */
  callerRefused(reason: LabelsOfMetric<'callersRefused'>['reason']): void {
    this.#counters.callersRefused?.inc({ reason });
  }

  /** A command over Redis' protocol was answered. */
  redisCommand(command: string, outcome: 'done' | 'failed'): void {
    this.#counters.redisCommands?.inc({ command, outcome });
  }

  /** A tool for administrators ended. */
  adminActed(tool: string, outcome: 'done' | 'failed'): void {
    this.#counters.adminActs?.inc({ tool, outcome });
  }

  /** A call to Redis or MongoDB ended; `failed`: it was not answered. */
  called(server: 'redis' | 'mongodb', call: string, seconds: number, failed: boolean): void {
    const redis = server === 'redis';
    this.#histograms[redis ? 'redisCallSeconds' : 'mongodbCallSeconds']?.observe(call, seconds);
    if (failed) this.#counters[redis ? 'redisCallFailures' : 'mongodbCallFailures']?.inc({ call });
  }

  /** Shows what `read` says whenever there is a scrape; nothing while it says undefined. It must not wait or throw. */
  show<Name extends MetricOf<'gauge'>>(name: Name, read: () => number | undefined | Series<Name>): void {
    this.#readers.set(name, read);
  }

  #register(name: string, { name: fullName, help, labels, kind, buckets = [] }: MetricDefinition): void {
    const shared = { name: fullName, help, labelNames: Object.keys(labels), registers: [this.registry] };
    // The names of METRICS by kind are what the types of the two tables say.
    const there = this.registry.getSingleMetric(fullName);
    if (there instanceof AnsweredCounter) this.#answered = there;
    else if (there instanceof Counter) this.#counters[name as MetricOf<'counter'>] = there;
    else if (there instanceof SeriesHistogram) this.#histograms[name as MetricOf<'histogram'>] = there;
    else if (there !== undefined) return;
    else if (kind === 'counter') {
      const counter = name === 'mutations' ? new AnsweredCounter(shared) : new Counter(shared);
      for (const series of everySeries(labels)) counter.inc(series, 0);
      if (counter instanceof AnsweredCounter) this.#answered = counter;
      else this.#counters[name as MetricOf<'counter'>] = counter;
    } else if (kind === 'histogram') {
      const [[label, values] = ['', []]] = Object.entries(labels);
      this.#histograms[name as MetricOf<'histogram'>] = new SeriesHistogram({
        name: fullName,
        help,
        label,
        bounds: buckets,
        series: values === 'many' ? [] : values,
        registry: this.registry,
      });
    } else this.#registerGauge(name as MetricOf<'gauge'>, shared);
  }

  #registerGauge(name: MetricOf<'gauge'>, shared: ConstructorParameters<typeof Gauge>[0]): void {
    const readers = this.#readers;
    new Gauge({
      ...shared,
      collect() {
        this.reset();
        const value = readers.get(name)?.();
        if (value === undefined) this.remove({});
        else if (typeof value === 'number') this.set(value);
        else for (const [series, each] of value) this.set(series, each);
      },
    });
  }
}

/** Every combination of the label values that are known, so that a rate sees the first of them too; none where some are not. */
function everySeries(labels: LabelValues): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (series, [label, values]) =>
      values === 'many' ? [] : series.flatMap((each) => values.map((value) => ({ ...each, [label]: value }))),
    [{}],
  );
}
