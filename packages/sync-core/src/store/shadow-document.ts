import { createHash } from 'node:crypto';
import { Long } from 'mongodb';
import type { FallbackReason, Mutation, RoutedMutation, SyncMethod } from '../mutation.js';

/** The MongoDB copy of a key; field names as in the guide. */
export interface ShadowDocument {
  /** The key. */
  _id: string;
  slot: number;
  /** null in a tombstone. */
  lastValue: string | null;
  /** SHA-256 of the value in hexadecimal; absent in a tombstone. */
  valueHash?: string;
  version: Long | number;
  lastWriteAt: Date;
  /** An expired shadow counts as absent. */
  expireAt?: Date;
  /** A tombstone. */
  deleted?: true;
  sessionId?: string;
  interactionId?: string;
  metadata: {
    syncMethod: SyncMethod;
    syncTimestamp: string;
    ttlSec?: number;
    fallbackReason?: FallbackReason;
  };
  /** When a tombstone or an expired shadow may go. */
  purgeAt?: Date;
}

/** The shadow that a mutation leaves. `now`: milliseconds since 1970; `purgeGraceMs`: see the settings. */
export function shadowOf(
  write: RoutedMutation,
  method: SyncMethod,
  now: number,
  purgeGraceMs: number,
): ShadowDocument {
  const deleted = write.op === 'del';
  const value = write.value ?? '';
  const purgeAt = deleted
    ? now + purgeGraceMs
    : write.expireAt === undefined
      ? undefined
      : write.expireAt + purgeGraceMs;
  return {
    _id: write.key,
    slot: write.slot,
    lastValue: deleted ? null : value,
    ...(deleted ? { deleted } : { valueHash: createHash('sha256').update(value).digest('hex') }),
    // A JavaScript number of this size would be stored as a double.
    version: Long.fromNumber(write.version),
    lastWriteAt: new Date(Math.floor(write.version / 1000)),
    ...(write.expireAt === undefined ? {} : { expireAt: new Date(write.expireAt) }),
    ...(write.sessionId === undefined ? {} : { sessionId: write.sessionId }),
    ...(write.interactionId === undefined ? {} : { interactionId: write.interactionId }),
    metadata: {
      syncMethod: method,
      syncTimestamp: new Date(now).toISOString(),
      ...(write.ttlSec === undefined ? {} : { ttlSec: write.ttlSec }),
      ...(write.fallbackReason === undefined ? {} : { fallbackReason: write.fallbackReason }),
    },
    ...(purgeAt === undefined ? {} : { purgeAt: new Date(purgeAt) }),
  };
}

/** The mutation whose state a shadow holds, for bringing it back into the cache. */
export function mutationOfShadow(
  shadow: Pick<ShadowDocument, '_id' | 'slot' | 'lastValue' | 'version' | 'expireAt' | 'deleted'>,
): Mutation {
  const common = { key: shadow._id, slot: shadow.slot, version: Number(shadow.version) };
  if (shadow.deleted === true) return { ...common, op: 'del' };
  return { ...common, op: 'set', value: shadow.lastValue ?? '', expireAt: shadow.expireAt?.getTime() };
}

/** Whether a shadow stands for a pair that exists at `now` (milliseconds since 1970). */
export function isPresent(shadow: Pick<ShadowDocument, 'deleted' | 'expireAt'>, now: number): boolean {
  return shadow.deleted !== true && (shadow.expireAt === undefined || shadow.expireAt.getTime() > now);
}
