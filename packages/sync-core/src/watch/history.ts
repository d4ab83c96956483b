import type { Logger } from 'pino';
import type { PodFallbackReason, TalliedWrites } from '../metrics/write-tally.js';
import type { SyncMethod } from '../mutation.js';
import type { ProjectedMutations } from '../projection/projection-counts.js';
import { Repeater } from '../repeater.js';
import { BackgroundSample } from './background-sample.js';
import type { Backlog } from './backlog.js';
import type { SharedFigure } from './shared-figure.js';

/** Time between two samples, in milliseconds. */
const HISTORY_STEP_MS = 1000;
/** How many samples are kept: a quarter of an hour. */
const HISTORY_SAMPLES = 900;
/** Time between two looks at whether a store answers, in milliseconds; while the pod is idle, and while it is not. */
const PROBE_MS = { idle: 1000, busy: 250 };
/** What something else asked of a store tells as much as a probe, if it was answered no longer ago than so many of these. */
const TELLS_PROBES = 2;
/** A look at a store that takes longer than this counts as not answered, in milliseconds. */
const PROBE_PATIENCE_MS = 500;
/** What a pod knows of itself without asking anyone. */
export interface PodNow {
  /** Batches that the fast worker has in hand. */
  readonly workersActive: number;
  /** Batches that this pod has in the fast queue. */
  readonly batchesInFlight: number;
  /** Batches of all pods that wait for a worker; null where that is not known. */
  readonly queueWaiting: number | null;
  readonly highLoad: boolean;
  readonly fastBreakerOpen: boolean;
  readonly outboxBreakerOpen: boolean;
}

/**
 * One second of a pod's life. Methods and reasons are writes per second of this pod; what was read from a store is null
 * where that did not answer; flags are 0 or 1.
 */
export type HistorySample = Record<SyncMethod | PodFallbackReason | 'refused', number> &
  Record<'p50Ms' | 'p95Ms' | 'p99Ms', number | null> &
  Record<'workersActive' | 'batchesInFlight', number> &
  Record<'queueWaiting' | 'outboxUnprocessed' | 'deadLetters' | 'journalPending', number | null> &
  Record<'projectedEvents' | 'projectedEntries', number | null> &
  Record<'isHighLoad' | 'fastBreakerOpen' | 'outboxBreakerOpen', 0 | 1> &
  Record<'cacheMs' | 'mongodbMs', number | null> & {
    /** When it ended, in milliseconds since 1970. */
    readonly at: number;
  };

/** What a history is made of. */
export interface HistoryParts {
  /** The writes since the last call. */
  readonly takeWrites: () => TalliedWrites;
  readonly now: () => PodNow;
  /** What waits. */
  readonly backlog: Pick<Backlog, 'journal' | 'outbox' | 'countedMs'>;
  /** What all projectors have done. */
  readonly projected: SharedFigure<ProjectedMutations>;
  /** How long Redis took for what was asked last, in milliseconds; undefined where that is longer ago than `withinMs`. */
  readonly cacheAnsweredMs: (withinMs: number) => number | undefined;
  /** Time between two beats of its heart, in milliseconds: the more pods, the longer, and stores are asked no more often. */
  readonly beatMs: () => number;
  /** Whether this pod has had nothing to do for a while. */
  readonly idle: () => boolean;
  /** Reads of the stores; each rejects where the store does not answer. */
  readonly stores: {
    pingCache(): Promise<unknown>;
    pingMongodb(): Promise<unknown>;
  };
  readonly log: Logger;
}

/** Whether a store answers a call that any healthy store answers at once. */
export interface StoreHealth {
  readonly answers: boolean;
  /** How long the last call took, in milliseconds; null where it was not answered. */
  readonly tookMs: number | null;
}

/**
 * The last quarter of an hour of a pod, a sample each second, in its memory. Stores are read in the background, each at
 * a pace of its own; a sample takes what was read last and waits for no one. So everybody may look as often as they like,
 * and also who looks only now sees what was.
 */
export class History {
  readonly #parts: HistoryParts;
  /** How long each store took to answer, in milliseconds. */
  readonly #cache: BackgroundSample<number>;
  readonly #mongodb: BackgroundSample<number>;
  readonly #samples: HistorySample[] = [];
  #projectedBefore: ProjectedMutations | undefined;
  #sampledAt = performance.now();
  readonly #steps = new Repeater(
    async () => this.sample(),
    () => HISTORY_STEP_MS,
  );

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    const { stores, backlog, cacheAnsweredMs, log } = parts;
    const probeMs = () => Math.max(PROBE_MS[parts.idle() ? 'idle' : 'busy'], parts.beatMs());
    const tellsMs = () => TELLS_PROBES * probeMs();
    const probe = (what: string, look: () => Promise<number>) =>
      new BackgroundSample(what, look, { intervalMs: probeMs, patienceMs: PROBE_PATIENCE_MS }, log);
    // The heart and the lookout ask about as often: where they were answered, there is no need to ask again.
    this.#cache = probe(
      'the cache',
      async () => cacheAnsweredMs(tellsMs()) ?? timeOf(() => stores.pingCache()),
    );
    this.#mongodb = probe(
      'MongoDB',
      async () => backlog.countedMs(tellsMs()) ?? timeOf(() => stores.pingMongodb()),
    );
  }

  /** The samples that ended after `after` (milliseconds since 1970), oldest first. */
  since(after: number): readonly HistorySample[] {
    const first = this.#samples.findIndex(({ at }) => at > after);
    return first === -1 ? [] : this.#samples.slice(first);
  }

  /** Whether the stores answer now, and how quickly. */
  stores(): { readonly cache: StoreHealth; readonly mongodb: StoreHealth } {
    return { cache: healthOf(this.#cache), mongodb: healthOf(this.#mongodb) };
  }

  /** Begins to read and to sample. */
  start(): void {
    for (const sample of this.#ofStores()) sample.start();
    this.#sampledAt = performance.now();
    this.#parts.takeWrites();
    this.#steps.start('pause');
  }

  /** The pod is idle no more: it looks more often from now on. */
  wake(): void {
    for (const sample of this.#ofStores()) sample.pauseChanged();
  }

  /** Ends it; resolves when the reads under way have ended. */
  async stop(): Promise<void> {
    await Promise.all([this.#steps, ...this.#ofStores()].map((each) => each.stop()));
  }

  /** Takes a sample of the time since the last one. */
  sample(at: number = Date.now()): void {
    const now = performance.now();
    const seconds = Math.max(now - this.#sampledAt, 1) / 1000;
    this.#sampledAt = now;
    const { answered, fallbacks, refused, p50Ms, p95Ms, p99Ms } = this.#parts.takeWrites();
    const { highLoad, fastBreakerOpen, outboxBreakerOpen, ...pod } = this.#parts.now();
    const outbox = this.#mongodb.answers() ? this.#parts.backlog.outbox.value() : undefined;
    const perSecond = <Name extends string>(counts: Readonly<Record<Name, number>>) =>
      Object.fromEntries(
        Object.entries<number>(counts).map(([name, count]) => [name, count / seconds]),
      ) as Record<Name, number>;
    this.#samples.push({
      at,
      ...perSecond(answered),
      ...perSecond(fallbacks),
      ...perSecond({ refused }),
      ...{ p50Ms, p95Ms, p99Ms },
      ...pod,
      outboxUnprocessed: outbox?.unprocessed ?? null,
      deadLetters: outbox?.deadLetters ?? null,
      ...this.#ofProjectors(seconds),
      isHighLoad: highLoad ? 1 : 0,
      fastBreakerOpen: fastBreakerOpen ? 1 : 0,
      outboxBreakerOpen: outboxBreakerOpen ? 1 : 0,
      cacheMs: this.#cache.value() ?? null,
      mongodbMs: this.#mongodb.value() ?? null,
    });
    if (this.#samples.length > HISTORY_SAMPLES) this.#samples.shift();
  }

  /** What waits in the journal, and what the projectors did since the sample before. */
  #ofProjectors(
    seconds: number,
  ): Pick<HistorySample, 'journalPending' | 'projectedEvents' | 'projectedEntries'> {
    const answers = this.#cache.answers();
    const projected = answers ? this.#parts.projected.value() : undefined;
    const journal = answers ? this.#parts.backlog.journal.value() : undefined;
    const before = this.#projectedBefore;
    this.#projectedBefore = projected;
    const journalPending = journal?.entries ?? null;
    if (projected === undefined || before === undefined)
      return { journalPending, projectedEvents: null, projectedEntries: null };
    // Less than before: Redis has lost the counts.
    const rate = (source: keyof ProjectedMutations) =>
      Math.max(0, projected[source] - before[source]) / seconds;
    return { journalPending, projectedEvents: rate('outbox'), projectedEntries: rate('journal') };
  }

  #ofStores(): BackgroundSample<unknown>[] {
    return [this.#cache, this.#mongodb];
  }
}

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}

function healthOf(sample: BackgroundSample<number>): StoreHealth {
  return { answers: sample.answers(), tookMs: sample.value() ?? null };
}
