import type { Mutation } from '../mutation.js';

/** A set of a key to a value that tells its version. */
export function aSet(key: string, version = 1, rest: Partial<Mutation> = {}): Mutation {
  return { key, slot: 0, version, op: 'set', value: `${key} at ${version}`, ...rest };
}

/** A delete of a key. */
export function aDelete(key: string, version = 1, rest: Partial<Mutation> = {}): Mutation {
  return { key, slot: 0, version, op: 'del', ...rest };
}
