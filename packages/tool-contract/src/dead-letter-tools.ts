import { z } from 'zod';
import { BULK_CHANGE, choosing } from './chosen.js';
import type { Fields } from './fields.js';
import { READS, tool } from './tool-terms.js';

/** Dead letters shown or changed by one call, at most. */
const MAX_PER_CALL = 1000;
/** A hundred years, in seconds: beyond any event, and within what a date can hold. */
const MAX_AGE_SEC = 3_155_760_000;
/** Slowest rate of requeueing, per second: with as many as one call takes, the last is due within about a day. */
const MIN_PER_SECOND = 0.01;

/** Longest cursor, in characters: longer ids fit into no index. */
const MAX_CURSOR = 16_384;

/** What an age as a filter is. */
const OF_AGE = 'Only events this old, in seconds.';

/** The arguments that say which. */
const FILTERS = ['ids', 'key', 'slot', 'minAgeSec'];

const eventId = z.string().regex(/^\d{1,4}-\d{1,16}$/, 'must be the id of an event: <slot>-<version>');

const deadLetter = z.object({
  id: z.string(),
  key: z.string(),
  op: z.enum(['set', 'del']),
  slot: z.int(),
  version: z.int(),
  attempts: z.int(),
  reason: z.string().describe('Why the last attempt failed.'),
  at: z.iso.datetime().describe('When the event was written.'),
});

const done = {
  success: z.literal(true),
  message: z.string().describe('What was done, in words.'),
  timestamp: z.iso.datetime(),
};
const changed = z.object({ ...done, changed: z.int().describe('How many dead letters were changed.') });

/** The tools for events that were given up after too many attempts. */
export function deadLetterTools({ key }: Fields) {
  const minAgeSec = z.number().min(0).max(MAX_AGE_SEC);
  const filter = {
    ids: z.array(eventId).min(1).max(MAX_PER_CALL).nullish().describe('Only these events.'),
    key: key.nullish().describe('Only events of this key.'),
    slot: z.int().min(0).nullish().describe('Only events of this slot.'),
    minAgeSec: minAgeSec.nullish().describe(OF_AGE),
    limit: z.int().min(1).max(MAX_PER_CALL).default(100).describe('How many at most, 1 to 1000.'),
  };
  return {
    hybrid_sync_dead_letters: tool({
      title: 'Dead letters',
      description: 'Use to see the events that were given up after too many attempts, and why.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        ...filter,
        // Whatever someone else put into the outbox has an id of its own.
        cursor: z.string().min(1).max(MAX_CURSOR).nullish().describe('Of the page before.'),
      }),
      output: z.object({
        ...done,
        deadLetters: z.array(deadLetter).describe('In the order of their ids.'),
        cursor: z.string().nullable().describe('Give it back for the next page; null after the last.'),
      }),
    }),
    hybrid_sync_requeue_dead_letters: tool({
      title: 'Requeue dead letters',
      description:
        'Use to try events that were given up again, with a full round of attempts, once the cause is mended.',
      role: 'admin',
      hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
      input: z.strictObject({
        ...filter,
        perSecond: z
          .number()
          .min(MIN_PER_SECOND)
          .max(10_000)
          .default(100)
          .describe('How many become due each second.'),
      }),
      output: changed,
    }),
    hybrid_sync_discard_dead_letters: tool({
      title: 'Discard dead letters',
      description:
        "Use to give up events for good: their keys' shadows stay behind until the next write. Without apply a dry run shows which.",
      role: 'admin',
      hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
      // An age of 0 would be a filter that all of them pass.
      input: choosing(
        z.strictObject({
          ...filter,
          minAgeSec: minAgeSec.positive().nullish().describe(OF_AGE),
          ...BULK_CHANGE,
        }),
        FILTERS,
      ),
      output: changed.extend({
        applied: z.boolean().describe('False for a dry run.'),
        deadLetters: z
          .array(deadLetter)
          .describe('The first of those that a dry run found; empty once applied.'),
        found: z.int().describe('How many a dry run found, within the limit; else how many were changed.'),
      }),
    }),
  };
}
