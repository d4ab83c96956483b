import type { z } from 'zod';
import type { RosterEntry } from './pod-roster.js';

/** Who lives, as far as its heartbeat tells, and what it says of itself. */
export type Living<Word> = Word & {
  /** Host, process and a random part. */
  readonly id: string;
  /** How long before the last look it spoke, in milliseconds. */
  readonly ageMs: number;
};

/** Those on a roster whose word can be read. */
export function living<Word extends object>(
  entries: readonly RosterEntry[],
  schema: z.ZodType<Word>,
): Living<Word>[] {
  return entries.flatMap(({ id, ageMs, word }) => {
    const parsed = schema.safeParse(jsonOf(word));
    return parsed.success ? [{ id, ageMs, ...parsed.data }] : [];
  });
}

/** Undefined for what is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
