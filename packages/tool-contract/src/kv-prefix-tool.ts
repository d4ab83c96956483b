import { z } from 'zod';
import { BULK_CHANGE } from './chosen.js';
import type { Fields } from './fields.js';
import { BUDGET_MS, taskCursor } from './reconcile-tools.js';
import { tool, WRITES } from './tool-terms.js';

/** The tool that deletes all keys with a prefix. */
export function kvPrefixTool({ prefix, sessionId, interactionId }: Fields) {
  return {
    kv_del_prefix: tool({
      title: 'Delete keys by prefix',
      description:
        'Use to delete every key with a prefix, as by kv_del, also those that only the shadow store has. Without apply a dry run counts them.',
      role: 'admin',
      hints: WRITES,
      input: z.strictObject({
        prefix: prefix.unwrap().min(1, 'must not be empty').describe('How keys start; no pattern.'),
        apply: BULK_CHANGE.apply,
        cursor: taskCursor,
        budgetMs: BUDGET_MS,
        sessionId,
        interactionId,
      }),
      output: z.object({
        applied: z.boolean().describe('False for a dry run.'),
        complete: z.boolean().describe('Whether all keys were seen, on both sides.'),
        cursor: z.string().nullable().describe('Give it back to go on; null when complete.'),
        stopped: z
          .string()
          .nullable()
          .describe(
            'Why a key could not be deleted, or not be looked for, which ended the call; its cursor takes it up again.',
          ),
        keys: z.int().describe('Keys found. One may be found twice.'),
        shadowOnly: z
          .int()
          .describe(
            'Those of them that only the shadow store has: evicted, or lost; also ones whose delete is on its way.',
          ),
        deleted: z.int().describe('Keys deleted.'),
        samples: z.array(z.string()).describe('The first keys found, at most 20.'),
        seconds: z.number(),
        keysPerSecond: z.number(),
        timestamp: z.iso.datetime(),
      }),
    }),
  };
}
