import type { PlainInput, Pod, Precondition, SyncAnswer } from '@hybrid-sync/sync-core';
import type { ToolArguments } from '@hybrid-sync/tool-contract';
import { originOf, writeTerms } from './sync-result.js';
import { keptText } from './typed-value.js';

/** A condition as the arguments of a write have it. */
type Asked = Partial<Pick<ToolArguments<'kv_set'>, 'ifVersion' | 'ifAbsent'>>;

/** Sets a pair as the arguments say. @throws what {@link HybridSync.set} and {@link keptText} throw, NotReadyError */
export function setPair(
  pod: Pod,
  args: ToolArguments<'kv_set'>,
  precondition = preconditionOf(args),
): Promise<SyncAnswer> {
  return pod.running.sync.set(setInputOf(pod, args, precondition), writeTerms(args));
}

/** A set as the arguments ask for it. @throws what {@link keptText} throws */
export function setInputOf(
  pod: Pod,
  args: ToolArguments<'kv_set'>,
  precondition = preconditionOf(args),
): Extract<PlainInput, { op: 'set' }> {
  const { key, ttlSec, expireAt, sessionId, interactionId } = args;
  // Made field by field: there is one for each write.
  return {
    op: 'set',
    key,
    value: keptText(args, pod.settings.maxValueBytes),
    ttlSec: ttlSec ?? undefined,
    expireAt: expireAt ? Date.parse(expireAt) : undefined,
    sessionId: sessionId ?? undefined,
    interactionId: interactionId ?? undefined,
    precondition,
  };
}

/** Deletes a pair as the arguments say. @throws what {@link HybridSync.delete} throws, NotReadyError */
export function deletePair(
  pod: Pod,
  args: ToolArguments<'kv_del'>,
  precondition = preconditionOf(args),
): Promise<SyncAnswer & { existed: boolean }> {
  return pod.running.sync.delete(args.key, deleteInputOf(args, precondition), writeTerms(args));
}

/** A delete as the arguments ask for it. */
export function deleteInputOf(
  args: ToolArguments<'kv_del'>,
  precondition = preconditionOf(args),
): Extract<PlainInput, { op: 'del' }> {
  return { op: 'del', key: args.key, ...originOf(args), precondition };
}

/** Gives a pair another expiry as the arguments say. @throws what {@link HybridSync.expire} throws, NotReadyError */
export function expirePair(
  pod: Pod,
  args: ToolArguments<'kv_expire'>,
  precondition = preconditionOf(args),
): Promise<SyncAnswer> {
  const { key, ttlSec, expireAt } = args;
  const input = {
    ...originOf(args),
    key,
    ttlSec: ttlSec ?? undefined,
    expireAt: expireAt ? Date.parse(expireAt) : undefined,
    precondition,
  };
  return pod.running.sync.expire(input, writeTerms(args));
}

/** Adds to a pair as the arguments say. @throws what {@link HybridSync.increment} throws, NotReadyError */
export async function incrementPair(
  pod: Pod,
  args: ToolArguments<'kv_incr'>,
  precondition = preconditionOf(args),
): Promise<SyncAnswer & { sum: number }> {
  const { key, by } = args;
  const answer = await pod.running.sync.increment(
    { ...originOf(args), key, by, precondition },
    writeTerms(args),
  );
  return { ...answer, sum: Number(answer.sum) };
}

/** What the arguments ask of the pair; undefined for nothing. */
function preconditionOf({ ifVersion, ifAbsent }: Asked): Precondition | undefined {
  if (ifVersion !== undefined && ifVersion !== null) return { is: 'match', versions: [ifVersion] };
  return ifAbsent ? { is: 'none-match', versions: 'any' } : undefined;
}
