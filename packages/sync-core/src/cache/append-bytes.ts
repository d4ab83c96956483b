import { isUtf8 } from 'node:buffer';
import { PreconditionFailedError, ValueTooLongError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { CachedPair } from './cached-pair.js';
import type { Commits } from './commits.js';
import { keptWith } from './kept-value.js';
import { type Precondition, preconditionHolds } from './precondition.js';
import { asSet } from './set-mutation.js';
import type { AppendInput, SetInput } from './write-inputs.js';

/** What reads and sets pairs. */
interface Pairs {
  get(key: string): Promise<CachedPair | undefined>;
  set(input: SetInput): Promise<Mutation>;
}

/**
 * Appends bytes to the value of a pair: in one script, but for what would take long there. `mostBytes`: what may be kept.
 * @throws ValueTooLongError, PreconditionFailedError for one that was asked for, JournalFullError, CacheUnavailableError
 */
export async function appendBytes(
  pairs: Pairs,
  commits: Pick<Commits, 'make'>,
  input: AppendInput,
  mostBytes: number,
): Promise<Mutation> {
  const { key, bytes } = input;
  const text = isUtf8(bytes);
  const change = {
    op: 'append' as const,
    key,
    value: text ? bytes.toString() : bytes,
    options: { text, mostBytes },
  };
  const { made, reply } = await commits.make('appending to a pair', 'append', change, input);
  if (made !== undefined) return asSet(made, reply);
  if (reply[0] === 'slow') return appendByVersion(pairs, input, mostBytes);
  throw new ValueTooLongError(mostBytes);
}

/** Bytes that are encoded here, and set over the version that was read, until no other write comes between. */
async function appendByVersion(
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
