import type { SyncMode } from './config/sync-mode.js';
import { type Brought, type Mutation, mutationBytes, type RoutedMutation } from './mutation.js';
import type { ToBring, ToldBrought } from './routes.js';

/**
 * Keys under way at once: one batch of the fast queue unless set otherwise. More would take the places of writers that wait
 * for their syncs, and count as high load, which sends all by the outbox: twice the work, for what nobody waits for.
 */
const MOST_AT_ONCE = 256;
/** A round begins where it may have so many of them: smaller ones cost as much, for less. */
const FREE_FOR_A_ROUND = MOST_AT_ONCE / 2;
/** Keys that wait, at most. */
const MOST_WAITING = 20_000;
/** Bytes of those that wait or are under way, at most: they are in memory. A single one may have more. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What a write takes in memory that a newer one of its key stands for, about, in bytes. */
const BYTES_OF_OLDER = 500;
/** Time between two rounds, in milliseconds: what is answered meanwhile goes together, since nobody waits for it. */
const GATHER_MS = 100;
/**
 * Where more is written than those rounds take, others begin once one has waited for so long, in milliseconds: until then
 * newer writes of its key take its place, and answers go before.
 */
const LATE_MS = 400;

/** What becomes of a mutation that finds no place: the projector takes it over from the journal. */
const LEFT: Brought = { method: 'JOURNALED', fallbackReason: 'QUEUE_FULL' };

/** Brings mutations to MongoDB, each in the mode that was asked for, and tells of each. */
export type BringMany = (all: readonly ToBring[], told: ToldBrought) => void;

/** The writes of a key that wait, or are under way, together: the newest stands for all. */
interface Waiting {
  mutation: RoutedMutation;
  mode: SyncMode | undefined;
  bytes: number;
  /** When the first of them began to wait, on the clock of `performance`. */
  readonly since: number;
  /** Who is told of each of them, and which of theirs it is. */
  readonly told: ToldBrought[];
  readonly places: number[];
}

/**
 * Brings mutations to MongoDB whose writers have their answer already, and no more at once than it takes soon:
 *
 *   taken ─▶ waiting, with others of its key ─ a round begins ─▶ the newest of the key under way ─▶ all of them told
 *      └─ as many wait as may: left to the journal, and told so
 *
 * A round takes all that wait and have a place, in the order in which they began to wait. A lone mutation has one at once,
 * and many that come one after the other have few, so that large batches go to MongoDB, and of a key that is written all the
 * time only some versions.
 *
 * While the process stops, one that does not come through leaves all that wait to the journal: MongoDB is away then.
 */
export class SyncsBehind {
  readonly #bringMany: BringMany;
  /** By key, in the order in which they began to wait. */
  readonly #waiting = new Map<string, Waiting>();
  /** Writes that wait or are under way, and what they take. */
  #writes = 0;
  #bytes = 0;
  /** Keys under way. */
  #underWay = 0;
  /** What begins the next round, where one is due. */
  #due: NodeJS.Timeout | undefined;
  /** When the last one began, on the clock of `performance`. */
  #roundAt = Number.NEGATIVE_INFINITY;
  #stopping = false;

  constructor(bringMany: BringMany) {
    this.#bringMany = bringMany;
  }

  /** Mutations that wait or are under way. */
  get size(): number {
    return this.#writes;
  }

  /**
   * Has a mutation brought, in the mode that was asked for; `told` hears how far it, or a newer one of its key, got, and that
   * it is the one of this place.
   */
  take(mutation: RoutedMutation, mode: SyncMode | undefined, told: ToldBrought, place = 0): void {
    const together = this.#waiting.get(mutation.key);
    const more = bytesMore(mutation, together);
    const tooMany = together === undefined && this.#waiting.size >= MOST_WAITING;
    if (this.#writes > 0 && (tooMany || this.#bytes + more > MOST_BYTES)) {
      // Never before its writer is answered.
      queueMicrotask(() => told(place, LEFT));
      return;
    }
    this.#writes++;
    this.#bytes += more;
    if (together !== undefined) join(together, mutation, mode, more);
    const waiting = together ?? this.#begin(mutation, mode, more);
    waiting.told.push(told);
    waiting.places.push(place);
    this.#startSoon();
  }

  /** From now on nothing waits for a MongoDB that is away. */
  beginStop(): void {
    this.#stopping = true;
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#startSoon();
  }

  #begin(mutation: RoutedMutation, mode: SyncMode | undefined, bytes: number): Waiting {
    const waiting: Waiting = { mutation, mode, bytes, since: performance.now(), told: [], places: [] };
    this.#waiting.set(mutation.key, waiting);
    return waiting;
  }

  #startSoon(): void {
    // Asked with every write: the first of those that wait is looked for where a round may begin only.
    if (this.#due !== undefined || MOST_AT_ONCE - this.#underWay < FREE_FOR_A_ROUND) return;
    const [first] = this.#waiting.values();
    if (first === undefined) return;
    const at = this.#stopping ? 0 : Math.min(this.#roundAt + GATHER_MS, first.since + LATE_MS);
    this.#due = setTimeout(() => this.#round(), Math.max(0, at - performance.now()));
  }

  #round(): void {
    this.#due = undefined;
    this.#roundAt = performance.now();
    const round: (Waiting | undefined)[] = [];
    for (const [key, waiting] of this.#waiting) {
      if (this.#underWay >= MOST_AT_ONCE) break;
      this.#waiting.delete(key);
      this.#underWay++;
      round.push(waiting);
    }
    this.#bringMany(round as Waiting[], (place, brought) => {
      const waiting = round[place];
      // It is not counted any more, and so not kept until the last of the round is through.
      round[place] = undefined;
      if (waiting !== undefined) this.#brought(waiting, brought);
    });
    this.#startSoon();
  }

  #brought(waiting: Waiting, brought: Brought): void {
    this.#underWay--;
    this.#tell(waiting, brought);
    if (this.#stopping && brought.method === 'JOURNALED') {
      for (const left of this.#waiting.values()) this.#tell(left, LEFT);
      this.#waiting.clear();
    }
    this.#startSoon();
  }

  #tell({ bytes, told, places }: Waiting, brought: Brought): void {
    this.#writes -= told.length;
    this.#bytes -= bytes;
    for (const [index, each] of told.entries()) each(places[index] ?? 0, brought);
  }
}

/** Bytes that a mutation takes beside those of its key that wait, if any do. */
function bytesMore(mutation: Mutation, together: Waiting | undefined): number {
  if (together === undefined) return mutationBytes(mutation);
  const older = together.mutation;
  const grows = mutation.version > older.version ? mutationBytes(mutation) - mutationBytes(older) : 0;
  return BYTES_OF_OLDER + grows;
}

/** The newest of a key takes the place of the first. */
function join(together: Waiting, mutation: RoutedMutation, mode: SyncMode | undefined, more: number): void {
  together.bytes += more;
  if (mutation.version < together.mutation.version) return;
  together.mutation = mutation;
  together.mode = mode;
}
