import type { PodFallbackReason, TalliedWrites } from '../metrics/write-tally.js';
import type { SyncMethod } from '../mutation.js';
import type { ProjectedMutations } from '../projection/projection-counts.js';
import { Reading } from './reading.js';

/** Time between two samples, in milliseconds. */
export const HISTORY_STEP_MS = 1000;
/** How many samples are kept: a quarter of an hour. */
export const HISTORY_SAMPLES = 900;
/** Time between two looks at whether a store answers, in milliseconds. */
const PROBE_MS = 250;
/** Time between two reads of what waits in Redis, in milliseconds. */
const REDIS_READ_MS = 1000;
/** Time between two counts in MongoDB, in milliseconds: with much waiting they cost more. */
const MONGODB_COUNT_MS = 2000;
/** A look at a store that takes longer than this counts as not answered, in milliseconds. */
const PROBE_PATIENCE_MS = 500;
/** The same of what reads more, in milliseconds; whether the store answers at all is seen sooner by the looks. */
const READ_PATIENCE_MS = 5000;
/** Events and dead letters are counted no further than this, so that a count costs the same whatever waits. */
export const HISTORY_COUNT_LIMIT = 10_000;

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
  /** Reads of the stores; each rejects where the store does not answer. */
  readonly stores: {
    pingCache(): Promise<unknown>;
    pingMongodb(): Promise<unknown>;
    /** Mutations in the journal. */
    journalPending(): Promise<number>;
    /** What all projectors have done. */
    projected(): Promise<ProjectedMutations>;
    countUnprocessed(limit: number): Promise<number>;
    countDead(limit: number): Promise<number>;
  };
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
  readonly #cache: Reading<unknown>;
  readonly #mongodb: Reading<unknown>;
  readonly #inRedis: Reading<{ readonly pending: number; readonly projected: ProjectedMutations }>;
  readonly #inMongodb: Reading<{ readonly unprocessed: number; readonly dead: number }>;
  readonly #samples: HistorySample[] = [];
  #projectedBefore: ProjectedMutations | undefined;
  #sampledAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    const { stores } = parts;
    this.#cache = new Reading(() => stores.pingCache(), PROBE_MS, PROBE_PATIENCE_MS);
    this.#mongodb = new Reading(() => stores.pingMongodb(), PROBE_MS, PROBE_PATIENCE_MS);
    this.#inRedis = new Reading(
      async () => {
        const [pending, projected] = await Promise.all([stores.journalPending(), stores.projected()]);
        return { pending, projected };
      },
      REDIS_READ_MS,
      READ_PATIENCE_MS,
    );
    this.#inMongodb = new Reading(
      async () => {
        const [unprocessed, dead] = await Promise.all([
          stores.countUnprocessed(HISTORY_COUNT_LIMIT),
          stores.countDead(HISTORY_COUNT_LIMIT),
        ]);
        return { unprocessed, dead };
      },
      MONGODB_COUNT_MS,
      READ_PATIENCE_MS,
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
    for (const reading of this.#readings()) reading.start();
    this.#sampledAt = performance.now();
    this.#parts.takeWrites();
    this.#timer ??= setInterval(() => this.sample(), HISTORY_STEP_MS).unref();
  }

  /** Ends it; resolves when the reads under way have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#readings().map((reading) => reading.stop()));
  }

  /** Takes a sample of the time since the last one. */
  sample(at: number = Date.now()): void {
    const now = performance.now();
    const seconds = Math.max(now - this.#sampledAt, 1) / 1000;
    this.#sampledAt = now;
    const { answered, fallbacks, refused, p50Ms, p95Ms, p99Ms } = this.#parts.takeWrites();
    const { highLoad, fastBreakerOpen, outboxBreakerOpen, ...pod } = this.#parts.now();
    const inMongodb = this.#mongodb.answers() ? this.#inMongodb.value() : undefined;
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
      outboxUnprocessed: inMongodb?.unprocessed ?? null,
      deadLetters: inMongodb?.dead ?? null,
      ...this.#ofProjectors(seconds),
      isHighLoad: highLoad ? 1 : 0,
      fastBreakerOpen: fastBreakerOpen ? 1 : 0,
      outboxBreakerOpen: outboxBreakerOpen ? 1 : 0,
      cacheMs: this.#cache.tookMs() ?? null,
      mongodbMs: this.#mongodb.tookMs() ?? null,
    });
    if (this.#samples.length > HISTORY_SAMPLES) this.#samples.shift();
  }

  /** What waits in the journal, and what the projectors did since the sample before. */
  #ofProjectors(
    seconds: number,
  ): Pick<HistorySample, 'journalPending' | 'projectedEvents' | 'projectedEntries'> {
    const inRedis = this.#cache.answers() ? this.#inRedis.value() : undefined;
    const before = this.#projectedBefore;
    this.#projectedBefore = inRedis?.projected;
    const journalPending = inRedis?.pending ?? null;
    if (inRedis === undefined || before === undefined)
      return { journalPending, projectedEvents: null, projectedEntries: null };
    // Less than before: Redis has lost the counts.
    const rate = (source: keyof ProjectedMutations) =>
      Math.max(0, inRedis.projected[source] - before[source]) / seconds;
    return { journalPending, projectedEvents: rate('outbox'), projectedEntries: rate('journal') };
  }

  #readings(): Reading<unknown>[] {
    return [this.#cache, this.#mongodb, this.#inRedis, this.#inMongodb];
  }
}

function healthOf(reading: Reading<unknown>): StoreHealth {
  return { answers: reading.answers(), tookMs: reading.tookMs() ?? null };
}
