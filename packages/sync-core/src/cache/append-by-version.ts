import { PreconditionFailedError, ValueTooLongError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import { keptWith } from './kept-value.js';
import type { CachedPair } from './pair-reader.js';
import { type Precondition, preconditionHolds } from './precondition.js';
import type { AppendInput, SetInput } from './write-inputs.js';

/** What reads and sets pairs. */
interface Pairs {
  get(key: string): Promise<CachedPair | undefined>;
  set(input: SetInput): Promise<Mutation>;
}

/**
 * Appends bytes that would take long in the script: they are encoded here, and set over the version that was read, until
 * no other write comes between. `mostBytes`: what may be kept.
 * @throws ValueTooLongError, PreconditionFailedError for one that was asked for, JournalFullError, CacheUnavailableError
 */
export async function appendByVersion(
  pairs: Pairs,
  { key, bytes, precondition, ...origin }: AppendInput,
  mostBytes: number,
): Promise<Mutation> {
  for (;;) {
    const pair = await pairs.get(key);
    if (precondition && !preconditionHolds(precondition, pair?.version)) {
      throw new PreconditionFailedError(pair?.version);
    }
    const value = keptWith(pair?.value ?? '', bytes);
    if (Buffer.byteLength(value) > mostBytes) throw new ValueTooLongError(mostBytes);
    const held: Precondition = pair
      ? { is: 'match', versions: [pair.version] }
      : { is: 'none-match', versions: 'any' };
    try {
      return await pairs.set({ ...origin, key, value, keepExpiry: true, precondition: held });
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
    }
  }
}
