import type { MutationOrigin } from '../mutation.js';
import type { Precondition } from './precondition.js';

/** Who writes, and what a write asks of the pair that is there. */
export interface WriteOptions extends MutationOrigin {
  /** The write is refused, with nothing changed, where this does not hold; absent for no condition. */
  readonly precondition?: Precondition | undefined;
  /**
   * Takes the place of a precondition: the cache never heard of the key, that is, it has no pair, and no mutation was
   * noted since this moment (of {@link CacheRestorer.watch}). Where mutations before it that the shadows don't have matter, they were awaited.
   */
  readonly unheardOfSince?: number | undefined;
}

/** {@link WriteOptions} of what needs no word on keys that were never heard of. */
export type ResyncOptions = Omit<WriteOptions, 'unheardOfSince'>;

/** A key, and who writes to it. */
export interface KeyInput extends ResyncOptions {
  readonly key: string;
}

/** When a pair is to expire: never, unless one of these says so; the first of them that is given counts. */
export interface Expiry {
  /** Time to live in seconds; absent or 0 for none. */
  readonly ttlSec?: number | undefined;
  /** Time to live in milliseconds; absent or 0 for none. */
  readonly ttlMs?: number | undefined;
  /** The moment, in milliseconds since 1970; one that has come already leaves no pair. */
  readonly expireAt?: number | undefined;
}

/** What a client wants to set. */
export interface SetInput extends WriteOptions, Expiry {
  readonly key: string;
  readonly value: string;
  /** Whether the pair keeps the expiry that it has, whatever else is said of one. */
  readonly keepExpiry?: boolean | undefined;
}

/** A set that may change nothing, or tells what was there. */
export interface SetIfInput extends SetInput {
  /** Nothing changes unless there is a pair, or none; absent for no matter. */
  readonly onlyIf?: 'present' | 'absent' | undefined;
  /** Whether the value that was there is told. */
  readonly returnOld?: boolean | undefined;
}

/** One of several changes that are asked for together, and made each by itself. */
export type PlainInput =
  | (SetInput & { readonly op: 'set' })
  | (WriteOptions & { readonly op: 'del'; readonly key: string });

/** Pairs that are set all together, or not at all; without expiry. */
export interface SetAllInput extends MutationOrigin {
  /** At least one; of one slot. */
  readonly pairs: readonly { readonly key: string; readonly value: string }[];
}

/** What is asked of the expiry that is there: that there is none or some, that the new one is later or earlier; none is later than any. */
export type ExpiryRule = 'none' | 'some' | 'later' | 'earlier';

/** Another expiry of a pair, or none. */
export interface ExpireInput extends KeyInput, Expiry {}

/** A change of an expiry that may change nothing. */
export interface ExpireIfInput extends ExpireInput {
  /** Nothing changes unless all of these hold. */
  readonly onlyIf?: readonly ExpiryRule[] | undefined;
}

/** What a client wants to add to a whole number. */
export interface IncrementInput extends KeyInput {
  /** What is added: of 64 bits, with a sign. */
  readonly by: number | bigint;
  /** The numbers that value and sum may be: `safe` ones are exact in JSON, and what is taken unless said. */
  readonly range?: 'safe' | 'int64' | undefined;
}

/** What a client wants to add to a number with a fraction. */
export interface IncrementFloatInput extends KeyInput {
  /** In digits, as Redis' INCRBYFLOAT takes it. */
  readonly by: string;
}

/** What a client wants to append. */
export interface AppendInput extends KeyInput {
  readonly bytes: Buffer;
}
