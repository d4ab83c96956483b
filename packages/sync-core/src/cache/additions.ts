import { type NumberRange, NumberRefusedError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { Change } from './change.js';
import type { Commits } from './commits.js';
import { asSet } from './set-mutation.js';
import type { IncrementFloatInput, IncrementInput } from './write-inputs.js';

/**
 * Adds to the whole number that a pair's value is, 0 for no pair; the expiry stays.
 * @throws NumberRefusedError, PreconditionFailedError, JournalFullError, CacheUnavailableError
 */
export async function addWhole(
  commits: Pick<Commits, 'make'>,
  input: IncrementInput,
): Promise<{ mutation: Mutation; sum: bigint }> {
  const range = input.range ?? 'safe';
  const change = { op: 'increment' as const, ...addition(input), options: { exact: range === 'safe' } };
  const { mutation, sum } = await add(commits, change, input, range);
  return { mutation, sum: BigInt(sum) };
}

/** The same of a number with a fraction, as Redis' INCRBYFLOAT does it; `sum`: in its digits. @throws as {@link addWhole} */
export function addFraction(
  commits: Pick<Commits, 'make'>,
  input: IncrementFloatInput,
): Promise<{ mutation: Mutation; sum: string }> {
  return add(commits, { op: 'incrementFloat', ...addition(input) }, input, 'float');
}

async function add(
  commits: Pick<Commits, 'make'>,
  change: Change,
  input: IncrementInput | IncrementFloatInput,
  range: NumberRange,
): Promise<{ mutation: Mutation; sum: string }> {
  const { made, reply } = await commits.make('adding to a pair', 'increment', change, input);
  if (made === undefined) throw new NumberRefusedError(range, reply[0] === 'beyond' ? 'sum' : 'value');
  return { mutation: asSet(made, reply), sum: reply[3] ?? '' };
}

function addition({ key, by }: IncrementInput | IncrementFloatInput): Pick<Change, 'key' | 'value'> {
  return { key, value: String(by) };
}
