import type { Pod } from '@hybrid-sync/sync-core';
import { z } from 'zod';
import type { Fields } from './fields.js';
import { defineTool } from './tool.js';

/** Dead letters shown or changed by one call, at most. */
const MAX_PER_CALL = 1000;

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

/** What the tool answers. */
export const deadLettersResult = z.object({
  success: z.literal(true),
  message: z.string(),
  timestamp: z.iso.datetime(),
  deadLetters: z.array(deadLetter).optional().describe('With list: in the order of their ids.'),
  cursor: z
    .string()
    .nullable()
    .optional()
    .describe('With list: give it back for the next page; null after the last.'),
  changed: z.int().optional().describe('With requeue and discard: how many were changed.'),
});

/** The tool for events that were given up: one tool, three actions. */
export function deadLettersTool({ key }: Fields) {
  const input = z.strictObject({
    action: z
      .enum(['list', 'requeue', 'discard'])
      .describe('list: show them; requeue: try them again; discard: give them up for good.'),
    ids: z.array(z.string().min(1).max(64)).min(1).max(MAX_PER_CALL).nullish().describe('Only these events.'),
    key: key.nullish().describe('Only events of this key.'),
    slot: z.int().min(0).nullish().describe('Only events of this slot.'),
    minAgeSec: z.number().min(0).nullish().describe('Only events at least this old, in seconds.'),
    limit: z.int().min(1).max(MAX_PER_CALL).default(100).describe('How many at most, 1 to 1000.'),
    perSecond: z
      .number()
      .gt(0)
      .max(10_000)
      .default(100)
      .describe('With requeue: how many become due each second, so that the store is not swamped.'),
    cursor: z.string().max(64).nullish().describe('With list: the cursor of the page before.'),
  });

  return defineTool({
    name: 'hybrid_sync_dead_letters',
    title: 'Dead letters',
    description:
      'Use to see the events that were given up after too many attempts, and why; to try them again once the cause is mended; or to discard them.',
    hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    input,
    output: deadLettersResult,
    run: (args, pod) => act(args, pod),
  });

  async function act(args: z.output<typeof input>, pod: Pod): Promise<z.output<typeof deadLettersResult>> {
    const { deadLetters } = pod.stores;
    const filter = {
      ids: args.ids ?? undefined,
      key: args.key ?? undefined,
      slot: args.slot ?? undefined,
      minAgeMs: args.minAgeSec === undefined || args.minAgeSec === null ? undefined : args.minAgeSec * 1000,
    };
    const done = (message: string) => ({
      success: true as const,
      message,
      timestamp: new Date().toISOString(),
    });
    if (args.action === 'list') {
      const found = await deadLetters.list(filter, args.limit, args.cursor ?? undefined);
      const shown = found.map((letter) => ({ ...letter, at: letter.at.toISOString() }));
      const cursor = found.length < args.limit ? null : (found.at(-1)?.id ?? null);
      return { ...done(`${shown.length} dead letters.`), deadLetters: shown, cursor };
    }
    if (args.action === 'discard') {
      const { changed } = await deadLetters.discard(filter, args.limit);
      return { ...done(`${changed} dead letters discarded.`), changed };
    }
    const { changed, slots } = await deadLetters.requeue(filter, args.limit, args.perSecond);
    // Those due later are found by the projector's sweep.
    if (changed > 0) await pod.running.projectionQueue.wake(slots);
    return { ...done(`${changed} dead letters requeued.`), changed };
  }
}
