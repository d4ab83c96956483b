import { type Mutation, mutationBytes } from '../mutation.js';
import { BatchPace, GATHER_MS, isWorthLeaving } from './batch-pace.js';
import type { Patience } from './patience.js';

/**
 * Group commit. A mutation waits for a free place, and for little else:
 *
 *   offered ─▶ forming ─▶ in flight (one of `maxInFlight` places) ─▶ settled
 *      │          │            │
 *      │          │            └─ every waiter timed out: the batch is abandoned (its signal aborts), and its place
 *      │          │               stays taken until `send` settles
 *      │          └─ its waiters timed out before a place was free: it leaves the batch
 *      └─ no free place and the forming batch is at its bound: refused with BatcherFullError (back-pressure)
 *
 * With places free, a batch leaves in the same turn of the event loop, so under light load a mutation travels alone
 * and at once; beside many that are under way it waits a moment for others ({@link isWorthLeaving}). Under heavy load the
 * forming batch grows while the places are taken, but no further than a store that is slow can take soon
 * ({@link BatchPace}). Inside a batch the newest mutation of a key stands for the older ones, whose waiters get its outcome.
 */
export class Batcher<M extends Mutation> {
  readonly #bounds: () => BatchBounds;
  readonly #send: SendBatch<M>;
  readonly #coalesced: () => void;
  readonly #pace: BatchPace;
  #forming = new Map<string, Entry<M>>();
  #formingBytes = 0;
  readonly #underWay = new Set<Batch<M>>();
  #flushQueued = false;
  /** What lets the forming batch leave though it is small; undefined where it waits for a place, or for nothing. */
  #gathered: NodeJS.Timeout | undefined;
  readonly #running = new Set<Promise<void>>();

  /** `coalesced` is told of each mutation that meets another one of its key. */
  constructor(bounds: () => BatchBounds, send: SendBatch<M>, coalesced: () => void = () => undefined) {
    this.#bounds = bounds;
    this.#send = send;
    this.#coalesced = coalesced;
    this.#pace = new BatchPace(() => bounds().slowMs ?? Number.POSITIVE_INFINITY);
  }

  /** Batches under way. */
  get inFlight(): number {
    return this.#underWay.size;
  }

  /** Mutations in the batch now forming. */
  get forming(): number {
    return this.#forming.size;
  }

  /** Whether a mutation of this size would be taken now. */
  hasRoom(bytes: number): boolean {
    return this.inFlight < this.#bounds().maxInFlight || this.#fits(bytes);
  }

  /**
   * Joins the batch now forming; resolves when that batch brought this mutation, or a newer one of its key, through.
   * `patience`: how long the caller waits, forming included.
   * @throws BatcherFullError, BatchTimeoutError, MutationRefusedError, or what `send` threw
   */
  offer(mutation: M, { timeoutMs, busyTimeoutMs }: Patience): Promise<void> {
    const bytes = mutationBytes(mutation);
    if (!this.hasRoom(bytes)) return Promise.reject(new BatcherFullError());
    if (!this.#fits(bytes)) this.#launch(); // a place is free, or there would be no room
    return new Promise((resolve, reject) => {
      const entry = this.#join(mutation, bytes);
      const waiter: Waiter = {
        resolve,
        reject,
        timer: setTimeout(() => this.#busyTimeUp(entry, waiter, timeoutMs - busyTimeoutMs), busyTimeoutMs),
      };
      entry.waiters.add(waiter);
      this.#queueFlush();
    });
  }

  /** Resolves when nothing is forming or in flight; the caller has stopped offering. */
  async drained(): Promise<void> {
    this.#flush(true);
    while (this.#running.size > 0) {
      await Promise.all(this.#running);
      this.#flush(true);
    }
  }

  #fits(bytes: number): boolean {
    if (this.#forming.size === 0) return true;
    const { maxMutations, maxBytes } = this.#bounds();
    return this.#forming.size < this.#pace.mutations(maxMutations) && this.#formingBytes + bytes <= maxBytes;
  }

  #join(mutation: M, bytes: number): Entry<M> {
    const entry = this.#forming.get(mutation.key);
    if (entry === undefined) {
      const fresh: Entry<M> = { mutation, bytes, waiters: new Set(), batch: undefined };
      this.#forming.set(mutation.key, fresh);
      this.#formingBytes += bytes;
      return fresh;
    }
    this.#coalesced();
    if (entry.mutation.version < mutation.version) {
      this.#formingBytes += bytes - entry.bytes;
      entry.mutation = mutation;
      entry.bytes = bytes;
    }
    return entry;
  }

  /** Lets what arrives in this turn of the event loop leave together. */
  #queueFlush(): void {
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      this.#flush();
    });
  }

  /** `gathered`: it leaves however small it is. */
  #flush(gathered = false): void {
    const { maxInFlight, maxMutations } = this.#bounds();
    if (this.#forming.size === 0 || this.inFlight >= maxInFlight) return;
    const most = this.#pace.mutations(maxMutations);
    if (gathered || isWorthLeaving(this.#forming.size, this.#awaited(), most)) this.#launch();
    else this.#gathered ??= setTimeout(() => this.#gatheredLong(), GATHER_MS);
  }

  #gatheredLong(): void {
    this.#gathered = undefined;
    this.#flush(true);
  }

  /** Mutations under way that someone still waits for. */
  #awaited(): number {
    let live = 0;
    for (const batch of this.#underWay) live += batch.live;
    return live;
  }

  #launch(): void {
    const batch: Batch<M> = {
      entries: this.#forming,
      live: this.#forming.size,
      abandon: new AbortController(),
    };
    for (const entry of batch.entries.values()) entry.batch = batch;
    this.#forming = new Map();
    this.#formingBytes = 0;
    clearTimeout(this.#gathered);
    this.#gathered = undefined;
    this.#underWay.add(batch);
    const run = this.#run(batch).finally(() => {
      this.#running.delete(run);
      this.#underWay.delete(batch);
      this.#flush();
    });
    this.#running.add(run);
  }

  async #run(batch: Batch<M>): Promise<void> {
    const mutations = Array.from(batch.entries.values(), (entry) => entry.mutation);
    const leftAt = performance.now();
    let through = false;
    try {
      const refused = await this.#send(mutations, batch.abandon.signal, (keys) => {
        settleThrough(batch, keys);
        this.#queueFlush();
      });
      through = true;
      for (const [key, entry] of batch.entries) {
        const reason = refused.get(key);
        settle(entry, reason === undefined ? undefined : new MutationRefusedError(reason));
      }
    } catch (error) {
      for (const entry of batch.entries.values()) settle(entry, error);
    }
    this.#pace.ended(mutations.length, through, leftAt, performance.now());
  }

  /** The waiter's time in a queue is up: it goes on waiting only where there is none. */
  #busyTimeUp(entry: Entry<M>, waiter: Waiter, leftMs: number): void {
    const busy = this.inFlight >= this.#bounds().maxInFlight;
    if (busy) this.#expire(entry, waiter);
    else waiter.timer = setTimeout(() => this.#expire(entry, waiter), leftMs);
  }

  #expire(entry: Entry<M>, waiter: Waiter): void {
    entry.waiters.delete(waiter);
    waiter.reject(new BatchTimeoutError());
    if (entry.waiters.size > 0) return;
    if (entry.batch === undefined) {
      this.#forming.delete(entry.mutation.key);
      this.#formingBytes -= entry.bytes;
    } else if (--entry.batch.live === 0) {
      entry.batch.abandon.abort();
    }
  }
}

/** Batches become smaller well before they are so slow that a circuit breaker opens. */
export const SLOW_BATCH_SHARE = 0.5;

/** What bounds a {@link Batcher}, which asks whenever it acts. */
export interface BatchBounds {
  /** Batches under way at the same time. */
  readonly maxInFlight: number;
  /** Mutations, all of different keys, in one batch. */
  readonly maxMutations: number;
  /** Bytes of one batch; a single larger mutation travels alone. */
  readonly maxBytes: number;
  /** A batch that takes longer makes the next ones smaller, in milliseconds; none does unless given. */
  readonly slowMs?: number;
}

/**
 * Brings a batch through. `abandoned` aborts when no one waits for the outcome any more. `through` may be told, while the
 * rest is under way, of keys whose mutation is through, for those who wait for these.
 * @returns the keys whose mutation was refused, and why; all others are through
 */
export type SendBatch<M> = (
  batch: M[],
  abandoned: AbortSignal,
  through: (keys: Iterable<string>) => void,
) => Promise<ReadonlyMap<string, string>>;

/** There is no free place and the forming batch is at its bound. */
export class BatcherFullError extends Error {
  override readonly name = 'BatcherFullError';
  constructor() {
    super('all places are taken and the forming batch is full');
  }
}

/** The caller's time was up before its batch was through; the batch may still come through later. */
export class BatchTimeoutError extends Error {
  override readonly name = 'BatchTimeoutError';
  constructor() {
    super('the batch was not through in time');
  }
}

/** This mutation was refused, while the rest of its batch may be through. */
export class MutationRefusedError extends Error {
  override readonly name = 'MutationRefusedError';
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

interface Entry<M> {
  mutation: M;
  bytes: number;
  readonly waiters: Set<Waiter>;
  /** The batch it left in; undefined while it is forming. */
  batch: Batch<M> | undefined;
}

interface Batch<M> {
  readonly entries: Map<string, Entry<M>>;
  /** Entries that someone still waits for. */
  live: number;
  readonly abandon: AbortController;
}

function settle(entry: Entry<unknown>, error: unknown): void {
  for (const { timer, resolve, reject } of entry.waiters) {
    clearTimeout(timer);
    if (error === undefined) resolve();
    else reject(error);
  }
  entry.waiters.clear();
}

/** Settles entries of a batch that is still under way. */
function settleThrough(batch: Batch<Mutation>, keys: Iterable<string>): void {
  for (const key of keys) {
    const entry = batch.entries.get(key);
    if (entry === undefined || entry.waiters.size === 0) continue;
    batch.live--;
    settle(entry, undefined);
  }
}
