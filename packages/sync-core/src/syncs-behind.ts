import { type Brought, type Mutation, mutationBytes } from './mutation.js';

/**
 * Mutations under way at once: one batch of the fast queue unless set otherwise. More would take the places of writers that wait
 * for their syncs, and count as high load, which sends all by the outbox: twice the work, for what nobody waits for.
 */
const MOST_AT_ONCE = 256;
/** Mutations that wait, at most. */
const MOST_WAITING = 20_000;
/** Bytes of those that wait or are under way, at most: they are in memory. A single one may have more. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Time between two rounds, in milliseconds: what is answered meanwhile goes together, since nobody waits for it. */
const GATHER_MS = 100;
/** So many that wait are not kept for longer. */
const MANY = 512;
/** So many places of the queue are given up together: each time, what is behind them is moved. */
const PLACES_AT_ONCE = 1024;

/** What becomes of a mutation that finds no place: the projector takes it over from the journal. */
const LEFT: Brought = { method: 'JOURNALED', fallbackReason: 'QUEUE_FULL' };

interface Waiting {
  readonly bytes: number;
  readonly bring: () => Promise<Brought>;
  readonly tell: (brought: Brought) => void;
}

/**
 * Brings mutations to MongoDB whose writers have their answer already, in their order, and no more at once than it takes
 * soon:
 *
 *   taken ─▶ waiting ─ a round begins ─▶ under way ─▶ told
 *      └─ as many wait as may: left to the journal, and told so
 *
 * A round takes all that wait and have a place. A lone mutation has one at once, and many that come one after the other
 * have few, so that large batches go to MongoDB.
 *
 * While the process stops, one that does not come through leaves all that wait to the journal: MongoDB is away then.
 */
export class SyncsBehind {
  readonly #queue: Waiting[] = [];
  /** The place in the queue of the one that waits for longest. */
  #first = 0;
  #bytes = 0;
  #underWay = 0;
  /** What begins the next round, where one is due. */
  #due: NodeJS.Timeout | undefined;
  /** Whether it begins in this turn of the event loop. */
  #atOnce = false;
  /** When the last round began, on the clock of `performance`. */
  #roundAt = Number.NEGATIVE_INFINITY;
  #stopping = false;

  /** Mutations that wait or are under way. */
  get size(): number {
    return this.#queue.length - this.#first + this.#underWay;
  }

  /** Has a mutation brought; resolves with how far it got. `bring` never rejects. */
  take(mutation: Mutation, bring: () => Promise<Brought>): Promise<Brought> {
    const bytes = mutationBytes(mutation);
    const full = this.size >= MOST_AT_ONCE + MOST_WAITING || this.#bytes + bytes > MOST_BYTES;
    if (full && this.size > 0) return Promise.resolve(LEFT);
    return new Promise((tell) => {
      this.#queue.push({ bytes, bring, tell });
      this.#bytes += bytes;
      this.#startSoon();
    });
  }

  /** From now on nothing waits for a MongoDB that is away. */
  beginStop(): void {
    this.#stopping = true;
    this.#startSoon();
  }

  #startSoon(): void {
    const many = this.size - this.#underWay >= MANY;
    if (!many && !this.#stopping) {
      const leftMs = Math.max(0, this.#roundAt + GATHER_MS - performance.now());
      this.#due ??= setTimeout(() => this.#round(), leftMs);
    } else if (!this.#atOnce) {
      clearTimeout(this.#due);
      this.#atOnce = true;
      setImmediate(() => this.#round());
    }
  }

  #round(): void {
    this.#due = undefined;
    this.#atOnce = false;
    this.#roundAt = performance.now();
    this.#start();
  }

  #start(): void {
    while (this.#underWay < MOST_AT_ONCE) {
      const next = this.#next();
      if (next === undefined) return;
      this.#underWay++;
      void this.#bring(next);
    }
  }

  async #bring(waiting: Waiting): Promise<void> {
    const brought = await waiting.bring();
    this.#underWay--;
    this.#tell(waiting, brought);
    if (this.#stopping && brought.method === 'JOURNALED') {
      for (let left = this.#next(); left !== undefined; left = this.#next()) this.#tell(left, LEFT);
    }
    if (this.size > this.#underWay) this.#startSoon();
  }

  /** Takes the one that waits for longest off the queue. */
  #next(): Waiting | undefined {
    const next = this.#queue[this.#first];
    if (next !== undefined && ++this.#first >= PLACES_AT_ONCE) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    return next;
  }

  #tell({ bytes, tell }: Waiting, brought: Brought): void {
    this.#bytes -= bytes;
    tell(brought);
  }
}
