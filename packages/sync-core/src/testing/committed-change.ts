import type { Committed } from '../cache/committer.js';

/** A mutation that does nothing but be committed. */
export interface CommittedChange extends Committed {
  readonly name: string;
  readonly isPlain: boolean;
  /** The names of those that it is sent for. */
  readonly stoodFor: string[];
}

/** One of slot 0; `isPlain`: whether it may stand for another plain one. */
export const change = (
  name: string,
  bytes: number,
  keys: readonly string[],
  isPlain: boolean,
): CommittedChange => ({
  name,
  slot: 0,
  keys,
  bytes,
  isPlain,
  stoodFor: [],
  canStandFor: (older) => isPlain && older.isPlain,
  standFor(older) {
    this.stoodFor.push(older.name);
  },
});

/** A mutation of a key of its own. */
export const set = (name: string, bytes = 1) => change(name, bytes, [name], false);

/** The same in slot 1. */
export const elsewhere = (mutation: CommittedChange): CommittedChange => ({ ...mutation, slot: 1 });
