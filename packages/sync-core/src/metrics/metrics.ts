import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FallbackReason, SyncMethod } from '../mutation.js';
import { WriteTally } from './write-tally.js';

/** Upper bounds of the latency buckets, in seconds: from a quick round trip to beyond the fast path's timeout. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
/** Upper bounds of the batch-size buckets. */
const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** All metrics of the system, named and described here and nowhere else. */
export class Metrics {
  /** Holds every metric below and Node's own. */
  readonly registry = new Registry();
  /** What became of the writes since someone last looked. */
  readonly writes = new WriteTally();
  /** Mutations that this projector brought to the shadows since its start, stale ones included, by source. */
  readonly projectedSoFar = { outbox: 0, journal: 0 };

  readonly #mutations = this.#counter(
    'hybrid_sync_mutations_total',
    'Mutations answered, by how far they got.',
    ['op', 'method'],
  );
  readonly #fallbacks = this.#counter(
    'hybrid_sync_fallbacks_total',
    'Mutations that did not come through on the fast path, by reason.',
    ['reason'],
  );
  readonly #refused = this.#counter(
    'hybrid_sync_refused_total',
    'Writes refused with nothing changed, by error code.',
    ['code'],
  );
  readonly #seconds = new Histogram({
    name: 'hybrid_sync_mutation_seconds',
    help: "Time from a write's arrival to its answer, in seconds.",
    labelNames: ['method'],
    buckets: LATENCY_BUCKETS,
    registers: [this.registry],
  });
  readonly #batchSize = new Histogram({
    name: 'hybrid_sync_batch_mutations',
    help: 'Mutations per batch.',
    labelNames: ['route'],
    buckets: SIZE_BUCKETS,
    registers: [this.registry],
  });
  readonly #stale = this.#counter(
    'hybrid_sync_stale_total',
    'Mutations that found a newer version in the shadow, by path.',
    ['path'],
  );
  readonly #projected = this.#counter(
    'hybrid_sync_projected_total',
    'Mutations the projector brought to the shadows, by source.',
    ['source'],
  );
  readonly #dead = this.#counter(
    'hybrid_sync_dead_letters_total',
    'Events given up after too many attempts.',
    [],
  );

  constructor(role: 'api' | 'projector') {
    this.registry.setDefaultLabels({ role });
    collectDefaultMetrics({ register: this.registry });
  }

  /** A write was answered. */
  answered(
    op: 'set' | 'del',
    method: SyncMethod,
    fallback: FallbackReason | undefined,
    seconds: number,
  ): void {
    this.writes.answered(method, fallback, seconds);
    this.#mutations.inc({ op, method });
    this.#seconds.observe({ method }, seconds);
    if (fallback !== undefined) this.#fallbacks.inc({ reason: fallback });
  }

  /** A write was refused with nothing changed. */
  refused(code: string): void {
    // A condition that does not hold is the caller's business.
    if (code !== 'PRECONDITION_FAILED') this.writes.refused();
    this.#refused.inc({ code });
  }

  /** A batch left. */
  batchSent(route: 'fast' | 'outbox', mutations: number): void {
    this.#batchSize.observe({ route }, mutations);
  }

  /** Mutations of a fast batch came too late. */
  staleOnFastPath(count: number): void {
    this.#stale.inc({ path: 'fast' }, count);
  }

  /** The projector brought mutations to the shadows. */
  projected(source: 'outbox' | 'journal', applied: number, stale: number): void {
    this.projectedSoFar[source] += applied + stale;
    this.#projected.inc({ source }, applied);
    this.#stale.inc({ path: source }, stale);
  }

  /** Events became dead letters. */
  deadLettered(count: number): void {
    this.#dead.inc(count);
  }

  /** Shows a value that is read when it is scraped, from memory. */
  gauge(name: `hybrid_sync_${string}`, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
