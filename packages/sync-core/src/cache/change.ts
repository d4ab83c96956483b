import type { Committed } from './committer.js';
import type { HeldSize } from './held-size.js';
import { neverHeardOf, scriptCondition } from './precondition.js';
import type { WriteOptions } from './write-inputs.js';

/** The kinds of mutation: the functions of lua/kinds.lua and lua/derived.lua. */
export type Kind =
  | 'set'
  | 'setAll'
  | 'del'
  | 'take'
  | 'resync'
  | 'expire'
  | 'append'
  | 'increment'
  | 'incrementFloat';

/** Kinds whose value is as large as the one that is there: how large that is, only Redis knows. */
export const OF_UNKNOWN_SIZE: ReadonlySet<Kind> = new Set(['take', 'resync', 'expire', 'append']);
/** Kinds that make room, and are taken also when Redis is out of memory. */
export const MAKING_ROOM: ReadonlySet<Kind> = new Set(['del', 'take']);

/** A mutation that is asked for; what is absent is an empty text in lua/commit.lua. */
export interface Change {
  readonly op: Kind;
  readonly key: string;
  readonly value?: string | Buffer;
  readonly ttlSec?: string | undefined;
  readonly expireAt?: string | undefined;
  /** What its kind is asked beside. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** The keys of a kind that is about several, of one slot; `key` is the first of them. */
  readonly keys?: readonly string[];
}

/** A whole change on its way to its slot. All are of one shape, made field by field: there is one for each write. */
export class Sent implements Committed {
  readonly op: Kind;
  readonly key: string;
  readonly keys: readonly string[];
  readonly value: string | Buffer;
  readonly ttlSec: string;
  readonly expireAt: string;
  readonly sessionId: string;
  readonly interactionId: string;
  readonly condition: string;
  readonly slot: number;
  readonly asked: WriteOptions;
  #options: string;
  /** Those of one key that go as one, this one among them; undefined where it goes for itself alone. */
  #together: Together | undefined;
  /** How many older ones it stands for. */
  #older = 0;
  readonly #ownBytes: number;
  readonly #held: HeldSize | undefined;

  /** `held`: how large the value is that is there, where that counts. */
  constructor(slot: number, change: Change, options: WriteOptions, held: HeldSize | undefined) {
    const { op, key, keys = [key], value = '', ttlSec = '', expireAt = '' } = change;
    const { sessionId = '', interactionId = '', precondition, unheardOfSince } = options;
    this.op = op;
    this.key = key;
    this.keys = keys;
    this.value = value;
    this.ttlSec = ttlSec;
    this.expireAt = expireAt;
    this.#options = change.options === undefined ? '' : JSON.stringify(change.options);
    this.sessionId = sessionId;
    this.interactionId = interactionId;
    this.condition =
      unheardOfSince === undefined ? scriptCondition(precondition) : neverHeardOf(unheardOfSince);
    this.slot = slot;
    this.asked = options;
    this.#ownBytes = Buffer.byteLength(value) + this.#options.length;
    this.#held = held;
  }

  /** What its kind is asked beside, in JSON; '' for nothing. */
  get options(): string {
    return this.#older === 0 ? this.#options : `{"older":${this.#older}}`;
  }

  /** Asked for when it leaves: by then more may be known. */
  get bytes(): number {
    return this.#ownBytes + (this.#held?.bytes ?? 0);
  }

  /** The newest of those that go as one with it: the one that is made. */
  get standing(): Sent {
    return this.#together?.newest ?? this;
  }

  /** How many of those are newer than it: its own version is lower by so many than that of the newest. */
  get newer(): number {
    return this.standing.#older - this.#older;
  }

  /** Two sets that nothing is asked of: whoever reads sees the newer one, and never knew when the older one was made. */
  canStandFor(older: Sent): boolean {
    return this.#isPlainSet && older.#isPlainSet;
  }

  standFor(older: Sent): void {
    older.#together ??= { newest: older };
    this.#together = older.#together;
    this.#together.newest = this;
    this.#older = older.#older + 1;
  }

  get #isPlainSet(): boolean {
    return this.op === 'set' && this.#options === '' && this.condition === '';
  }
}

interface Together {
  newest: Sent;
}

/** The changes of each slot. */
export function bySlot(changes: readonly Sent[]): Map<number, Sent[]> {
  const slots = new Map<number, Sent[]>();
  for (const change of changes) {
    const others = slots.get(change.slot);
    if (others === undefined) slots.set(change.slot, [change]);
    else others.push(change);
  }
  return slots;
}
