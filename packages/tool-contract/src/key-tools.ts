import { z } from 'zod';
import type { Fields } from './fields.js';
import { taskCursor } from './reconcile-tools.js';
import { READS, tool } from './tool-terms.js';

/** Keys of one page, at most. */
const MAX_LISTED = 200;

const time = z.iso.datetime();
const held = {
  version: z.int(),
  bytes: z.int().describe('Bytes of the value as it is kept.'),
  preview: z.string().describe('The beginning of the value, or all of it.'),
  cut: z.boolean().describe('Whether the value goes on behind the preview.'),
  contentType: z.string().optional().describe('Media type of the value; absent for one without.'),
  encoding: z.literal('base64').optional().describe('The preview is in it: bytes that are no UTF-8.'),
  expireAt: time.optional().describe('Absent for never.'),
};
const pair = z.object(held).nullable().describe('What the cache has; null for nothing.');
const copy = {
  version: z.int(),
  state: z.enum(['present', 'deleted', 'expired']),
  method: z.string().optional().describe('How this version came to the shadow store.'),
  fallbackReason: z.string().optional().describe('Why not on the fast path.'),
  writtenAt: time.optional(),
  expireAt: time.optional().describe('Absent for never.'),
  sessionId: z.string().optional().describe('Who wrote.'),
  interactionId: z.string().optional().describe('Which interaction.'),
};
const place = z.enum(['cache', 'journal', 'shadow', 'waiting', 'processed', 'dead', 'discarded']);

/** The tools that look at keys on both sides. */
export function keyTools({ key, prefix }: Fields) {
  return {
    hybrid_sync_keys: tool({
      title: 'Browse keys on both sides',
      description:
        'Use to page through the keys with what each side has of them: versions, expiry, how the value begins. What is on its way may show; verify_key_sync tells for sure.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        prefix,
        side: z
          .enum(['shadow', 'cache'])
          .default('shadow')
          .describe('Whose keys; those of the cache are in no order.'),
        cursor: taskCursor,
        limit: z.int().min(1).max(MAX_LISTED).default(50).describe(`About how many, 1 to ${MAX_LISTED}.`),
      }),
      output: z.object({
        keys: z.array(
          z.object({
            key: z.string(),
            cache: pair,
            shadow: z.object(copy).nullable().describe('What the shadow store has; null for nothing.'),
          }),
        ),
        cursor: z.string().nullable().describe('Start of the next page; null after the last one.'),
        timestamp: time,
      }),
    }),
    hybrid_sync_key: tool({
      title: 'Look at one key',
      description:
        'Use to see what both sides have of one key, and its versions as far as journal, outbox and dead letters know them.',
      role: 'read',
      hints: READS,
      input: z.strictObject({
        key,
        whole: z.boolean().default(false).describe('true: with the whole values, however long.'),
      }),
      output: z.object({
        key: z.string(),
        slot: z.int(),
        cache: pair,
        shadow: z
          .object({
            ...copy,
            bytes: held.bytes.optional(),
            preview: held.preview.optional(),
            cut: held.cut.optional(),
            contentType: held.contentType,
            encoding: held.encoding,
          })
          .nullable()
          .describe('What the shadow store has; null for nothing.'),
        foreign: z.boolean().describe("Whether what lies in the shadow's place is none."),
        versions: z
          .array(
            z.object({
              version: z.int(),
              places: z.array(place).describe('Where it is; of an event also what became of it.'),
              op: z.enum(['set', 'del']).optional(),
              at: time.describe('About when it was written, as the version tells.'),
              method: copy.method,
              fallbackReason: copy.fallbackReason,
              expireAt: copy.expireAt,
              sessionId: copy.sessionId,
              interactionId: copy.interactionId,
              attempts: z.int().optional().describe('How often its event failed.'),
              reason: z.string().optional().describe('Why it failed the last time.'),
            }),
          )
          .describe('Newest first. A version that went the fast way leaves nothing once it is replaced.'),
        complete: z.boolean().describe('False: older ones may lie deeper in journal or outbox.'),
        timestamp: time,
      }),
    }),
  };
}
