import { type AnswerTime, isoOf, type SyncAnswer, type WriteTerms } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';

const MESSAGES: Record<SyncAnswer['method'], string> = {
  ASYNC_THREAD: 'The shadow store has this version.',
  EVENT_BASED: 'The outbox holds this version durably; the projector brings it to the shadow store.',
  JOURNALED: 'MongoDB took neither; Redis holds this version in its journal until MongoDB is back.',
};

const BEHIND = 'Redis holds this version in its journal, and it goes to MongoDB behind this answer.';

/** A writer's answer in the form that every writing tool gives it. Made field by field: there is one for each write. */
export function syncResultOf(answer: SyncAnswer): ToolResult<'kv_set'> {
  const { method, key, version, fallbackReason, synced } = answer;
  const message = synced === undefined ? MESSAGES[method] : BEHIND;
  const timestamp = isoOf(Date.now());
  return {
    success: true,
    method,
    message,
    timestamp,
    key,
    version,
    fallbackReason,
    expireAt: expiryOf(answer),
  };
}

/** What a writer's answer says of the mutation, beside how far it got. */
export function mutationResultOf(
  answer: SyncAnswer,
): Pick<ToolResult<'kv_set'>, 'key' | 'version' | 'fallbackReason' | 'expireAt'> {
  const { key, version, fallbackReason } = answer;
  return { key, version, fallbackReason, expireAt: expiryOf(answer) };
}

function expiryOf({ expireAt }: SyncAnswer): string | undefined {
  return expireAt === undefined ? undefined : new Date(expireAt).toISOString();
}

/** Who wrote, without the absent parts. */
export function originOf({
  sessionId,
  interactionId,
}: {
  sessionId?: string | null | undefined;
  interactionId?: string | null | undefined;
}) {
  return { sessionId: sessionId ?? undefined, interactionId: interactionId ?? undefined };
}

/** When the arguments ask to be answered. */
export function writeTerms({ answer }: { answer?: AnswerTime | null | undefined }): WriteTerms {
  return { answer: answer ?? undefined };
}
