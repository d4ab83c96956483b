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
  readonly ttlSec?: string;
  readonly expireAt?: string;
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
  readonly options: string;
  readonly sessionId: string;
  readonly interactionId: string;
  readonly condition: string;
  readonly slot: number;
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
    this.options = change.options === undefined ? '' : JSON.stringify(change.options);
    this.sessionId = sessionId;
    this.interactionId = interactionId;
    this.condition =
      unheardOfSince === undefined ? scriptCondition(precondition) : neverHeardOf(unheardOfSince);
    this.slot = slot;
    this.#ownBytes = Buffer.byteLength(value) + this.options.length;
    this.#held = held;
  }

  /** Asked for when it leaves: by then more may be known. */
  get bytes(): number {
    return this.#ownBytes + (this.#held?.bytes ?? 0);
  }
}

/** The changes of each slot; those of a slot are side by side already. */
export function bySlot(changes: readonly Sent[]): Map<number, Sent[]> {
  const slots = new Map<number, Sent[]>();
  for (const change of changes) {
    const others = slots.get(change.slot);
    if (others === undefined) slots.set(change.slot, [change]);
    else others.push(change);
  }
  return slots;
}
