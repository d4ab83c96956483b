import type { SyncAnswer } from '@hybrid-sync/sync-core';
import { z } from 'zod';

const METHODS = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const;

/** What every writing tool answers: the guide's `success`, `method`, `message`, `timestamp`, and more. */
export const syncResult = z.object({
  success: z.literal(true).describe('The cache has the mutation, and it will not be lost.'),
  method: z.enum(METHODS).describe('How far the mutation got: shadow store, outbox, or journal.'),
  message: z.string().describe('The same in words.'),
  timestamp: z.iso.datetime(),
  key: z.string(),
  version: z.int().describe('The version of this mutation; versions of a key only rise.'),
  fallbackReason: z.string().optional().describe('Why the fast path did not bring it through.'),
  expireAt: z.iso.datetime().optional().describe('When the pair expires; absent for never.'),
});

const MESSAGES: Record<SyncAnswer['method'], string> = {
  ASYNC_THREAD: 'The shadow store has this version.',
  EVENT_BASED: 'The outbox holds this version durably; the projector brings it to the shadow store.',
  JOURNALED: 'MongoDB took neither; Redis holds this version in its journal until MongoDB is back.',
};

/** A writer's answer in the form of {@link syncResult}. */
export function syncResultOf(answer: SyncAnswer): z.output<typeof syncResult> {
  return {
    success: true,
    method: answer.method,
    message: MESSAGES[answer.method],
    timestamp: new Date().toISOString(),
    key: answer.key,
    version: answer.version,
    ...(answer.fallbackReason === undefined ? {} : { fallbackReason: answer.fallbackReason }),
    ...(answer.expireAt === undefined ? {} : { expireAt: new Date(answer.expireAt).toISOString() }),
  };
}
