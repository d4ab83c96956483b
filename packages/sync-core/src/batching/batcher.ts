import { type Mutation, mutationBytes } from '../mutation.js';
import { Batch, settle } from './batch.js';
import { BatcherFullError, MutationRefusedError } from './batch-errors.js';
import { BatchPace, GATHER_MS, isWorthLeaving } from './batch-pace.js';
import type { Patience } from './patience.js';
import { type Entry, type Told, Wait } from './wait.js';

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
  /** Where those wait who began to in this turn of the event loop. */
  #begun: Wait<M> | undefined;
  readonly #isBusy = () => this.inFlight >= this.#bounds().maxInFlight;
  readonly #forsaken = (entry: Entry<M>) => this.#leave(entry);

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
   * Mutations join the batch now forming, in their order; `told` hears of each, in the same turn where it is refused: it is
   * through, or a newer one of its key is; or BatcherFullError, BatchTimeoutError, MutationRefusedError, or what `send` threw.
   * `patience`: how long they wait, forming included.
   */
  offer(mutations: readonly M[], patience: Patience, told: Told): void {
    const wait = this.#waitOf(patience);
    let full: BatcherFullError | undefined;
    for (const [place, mutation] of mutations.entries()) {
      const bytes = mutationBytes(mutation);
      if (!this.hasRoom(bytes)) {
        full ??= new BatcherFullError();
        told(place, full);
        continue;
      }
      if (!this.#fits(bytes)) this.#launch(); // a place is free, or there would be no room
      wait.add(this.#join(mutation, bytes), told, place);
    }
    this.#queueFlush();
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

  /** The wait that began in this turn of the event loop, where it is as long. */
  #waitOf(patience: Patience): Wait<M> {
    const { timeoutMs, busyTimeoutMs } = patience;
    const begun = this.#begun?.patience;
    if (
      this.#begun === undefined ||
      begun?.timeoutMs !== timeoutMs ||
      begun.busyTimeoutMs !== busyTimeoutMs
    ) {
      this.#begun = new Wait(patience, this.#isBusy, this.#forsaken);
    }
    return this.#begun;
  }

  #join(mutation: M, bytes: number): Entry<M> {
    const entry = this.#forming.get(mutation.key);
    if (entry === undefined) {
      const fresh: Entry<M> = { mutation, bytes, waiters: [], waiting: 0, batch: undefined };
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
      this.#begun = undefined;
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
    const batch = new Batch(this.#forming);
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
      const refused = await this.#send(mutations, batch.abandoned, (keys) => {
        batch.through(keys);
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

  /** No one waits any more for what is in this entry. */
  #leave(entry: Entry<M>): void {
    if (entry.batch !== undefined) entry.batch.forsaken();
    else {
      this.#forming.delete(entry.mutation.key);
      this.#formingBytes -= entry.bytes;
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
