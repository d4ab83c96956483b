import { RESTORE_WITHIN_MS, type Watch } from './cache-restorer.js';

/** What a write asks of the pair that is there. The script that applies the write checks it, so nothing comes between. */
export interface Precondition {
  /** `match`: the pair is there with one of the versions. `none-match`: it is not, absence included. */
  readonly is: 'match' | 'none-match';
  /** No version at all is matched by no pair. */
  readonly versions: readonly number[] | 'any';
}

/** Whether a condition holds where the cache has this version; undefined for no such key. */
export function preconditionHolds({ is, versions }: Precondition, version: number | undefined): boolean {
  const matches = version !== undefined && (versions === 'any' || versions.includes(version));
  return matches === (is === 'match');
}

/**
 * The condition that nothing was ever heard of a key, in the form that the scripts read, see lua/condition.lua: neither is
 * there a pair, nor was a mutation noted since this {@link Watch.since}, which is {@link RESTORE_WITHIN_MS} ago at most.
 */
export function neverHeardOf(since: number): string {
  return `?${since},${RESTORE_WITHIN_MS * 1000}`;
}

/** A condition in the form that the scripts read, see lua/condition.lua; empty for none. */
export function scriptCondition(precondition: Precondition | undefined): string {
  if (precondition === undefined) return '';
  const { is, versions } = precondition;
  return `${is === 'match' ? '=' : '!'}${versions === 'any' ? '*' : `,${versions.join()},`}`;
}
