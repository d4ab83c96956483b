import { parseShares, type Share } from './weighted-choice.js';

/** What a request does. An `add` is a set of a key that this run has not set before. */
export type RequestKind = 'get' | 'set' | 'add' | 'delete';

/**
 * Twemcache's commands, and the kind of request each one becomes here: whatever changes a stored value leaves
 * a new value under the key, which is all that a synchronization sees of it.
 */
const KIND_OF: Readonly<Record<string, RequestKind>> = {
  get: 'get',
  gets: 'get',
  set: 'set',
  add: 'add',
  cas: 'set',
  incr: 'set',
  decr: 'set',
  append: 'set',
  prepend: 'set',
  replace: 'set',
  delete: 'delete',
};

/**
 * Reads a mix of operations as the profile table writes it: `get:0.65 delete:0.22 set:0.13`. The shares are
 * scaled to add up to 1: the table leaves out what is rarer than one in a hundred.
 *
 * @throws RangeError that quotes the part it can't read
 */
export function parseOperationMix(text: string): Share<RequestKind>[] {
  return parseShares(text.split(/\s+/), (name) => KIND_OF[name], 'an operation and its share, like set:0.8');
}

/** The share of one kind of request in a mix, 0 if it has none. */
export function shareOf(mix: readonly Share<RequestKind>[], kind: RequestKind): number {
  return mix.find(({ item }) => item === kind)?.share ?? 0;
}
