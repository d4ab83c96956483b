import type { z } from 'zod';
import { didYouMean } from './did-you-mean.js';

/** Longest name that is repeated to a caller, in characters: one that is not known may be any text. */
const MAX_NAME = 100;

/** What is wrong with one field of an input. */
export interface InputFault {
  /** The field, with dots between the names that lead to it; empty for the whole input. */
  readonly field: string;
  /** What is wrong, such as `must be text`; goes on from the field's name. */
  readonly message: string;
}

/**
 * The fault of an input to tell first. A name that is not known comes before one that is missing, since it is often the
 * same one, misspelt.
 *
 * @param names the names that the input may have, of which the nearest is told
 * @param unknown what is said of a name that it may not have
 */
export function firstFault(
  { issues }: z.ZodError,
  names: readonly string[] = [],
  unknown = 'is not known here',
): InputFault {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const path = issue?.path.map(String) ?? [];
  if (issue?.code !== 'unrecognized_keys') {
    return { field: path.join('.').slice(0, MAX_NAME), message: issue?.message ?? 'is not valid' };
  }
  const [key = ''] = issue.keys;
  const hint = path.length === 0 ? didYouMean(key, names) : '';
  return { field: [...path, key].join('.').slice(0, MAX_NAME), message: `${unknown}${hint}` };
}
