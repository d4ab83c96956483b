import { hash } from 'node:crypto';
import { type Document, type Filter, Long } from 'mongodb';
import { dateUpToLast, expiryOf, LAST_EXPIRY_MS } from '../expiry.js';
import { isoOf } from '../iso-text.js';
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

/**
 * Asks for what a shadow has, at least, whose version is safe to compare. Where a document holds a list, a condition holds
 * when it does for one of its elements; so lists are left out.
 */
export const HAS_VERSION = {
  slot: { $type: 'number' },
  lastValue: { $type: ['string', 'null'], $not: { $type: 'array' } },
  version: {
    $gte: 0,
    $lte: Long.fromNumber(Number.MAX_SAFE_INTEGER),
    $not: { $type: ['array', 'decimal'] },
  },
  // The driver's types know neither an alias of several types nor a list of them.
} as Document as Filter<ShadowDocument>;

/** Asks of a document in `kv_shadow` what {@link isShadow} asks of one that was read. */
export const IS_SHADOW: Filter<ShadowDocument> = {
  ...HAS_VERSION,
  $and: [
    { $or: [{ lastValue: { $type: 'string' } }, { deleted: true }] },
    { $or: [{ deleted: { $exists: false } }, { deleted: true }] },
    { $or: [{ expireAt: { $exists: false } }, { expireAt: { $type: 'date' } }] },
    { $or: [{ purgeAt: { $exists: false } }, { purgeAt: { $type: 'date' } }] },
  ],
};

/** What a shadow has, at least, whose version is safe to compare; only numbers lie between two numbers. */
const MAY_BE_OLDER: readonly Document[] = [
  { $gte: ['$version', 0] },
  { $ne: [{ $type: '$version' }, 'decimal'] },
  { $isNumber: '$slot' },
  { $in: [{ $type: '$lastValue' }, ['string', 'null']] },
];

/**
 * Makes what lies at a key's place the shadow given, if that is an older shadow of the key, or nothing; else it fails, since
 * a document can't become null. As a condition beside the `_id` the store would plan each update anew, which costs it half
 * as much again. A document with nothing but its `_id` counts as nothing.
 */
export function replaceOlder(shadow: ShadowDocument): Document[] {
  const nothing = { $eq: ['$$ROOT', { $literal: { _id: shadow._id } }] };
  const older = { $and: [{ $lt: ['$version', shadow.version] }, ...MAY_BE_OLDER] };
  return [{ $replaceWith: { $cond: [{ $or: [older, nothing] }, { $literal: shadow }, null] } }];
}

/** Why what lies at a shadow's place is refused, in the words of a dead letter's reason. */
export const FOREIGN_DOCUMENT =
  'kv_shadow holds a document of this _id that is no shadow of this system; remove it, then requeue';

/**
 * Whether a document of `kv_shadow` is a shadow, and not something that someone else put at its place: one that is none
 * has no version to compare, and nothing to restore.
 */
export function isShadow(document: Partial<Record<keyof ShadowDocument, unknown>>): boolean {
  const { _id, slot, lastValue, version, deleted, expireAt, purgeAt } = document;
  const number = Long.isLong(version) ? version.toNumber() : version;
  return (
    typeof _id === 'string' &&
    Number.isSafeInteger(slot) &&
    Number.isSafeInteger(number) &&
    Number(number) >= 0 &&
    (typeof lastValue === 'string' || (lastValue === null && deleted === true)) &&
    (deleted === undefined || deleted === true) &&
    isDateOrAbsent(expireAt) &&
    isDateOrAbsent(purgeAt)
  );
}

function isDateOrAbsent(value: unknown): boolean {
  return value === undefined || (value instanceof Date && !Number.isNaN(value.getTime()));
}

/**
 * The shadow that a mutation leaves. `now`: the store's time, in milliseconds since 1970; `purgeGraceMs`: see the
 * settings.
 */
export function shadowOf(
  write: RoutedMutation,
  method: SyncMethod,
  now: number,
  purgeGraceMs: number,
): ShadowDocument {
  const deleted = write.op === 'del';
  const value = write.value ?? '';
  const expireAt = expiryOf(write.expireAt);
  const purgeAt = deleted ? now + purgeGraceMs : expireAt === undefined ? undefined : expireAt + purgeGraceMs;
  return {
    _id: write.key,
    slot: write.slot,
    lastValue: deleted ? null : value,
    ...(deleted ? { deleted } : { valueHash: hash('sha256', value) }),
    // A JavaScript number of this size would be stored as a double.
    version: Long.fromNumber(write.version),
    // A version may be ahead of the time.
    lastWriteAt: new Date(Math.min(Math.floor(write.version / 1000), now)),
    ...(expireAt === undefined ? {} : { expireAt: new Date(expireAt) }),
    ...(write.sessionId === undefined ? {} : { sessionId: write.sessionId }),
    ...(write.interactionId === undefined ? {} : { interactionId: write.interactionId }),
    metadata: {
      syncMethod: method,
      syncTimestamp: isoOf(now),
      ...(write.ttlSec === undefined ? {} : { ttlSec: write.ttlSec }),
      ...(write.fallbackReason === undefined ? {} : { fallbackReason: write.fallbackReason }),
    },
    ...(purgeAt === undefined ? {} : { purgeAt: dateUpToLast(purgeAt) }),
  };
}

/** The mutation whose state a shadow holds, for bringing it back into the cache. */
export function mutationOfShadow(
  shadow: Pick<ShadowDocument, '_id' | 'slot' | 'lastValue' | 'version' | 'expireAt' | 'deleted'>,
): Mutation {
  const common = { key: shadow._id, slot: shadow.slot, version: Number(shadow.version) };
  if (shadow.deleted === true) return { ...common, op: 'del' };
  return { ...common, op: 'set', value: shadow.lastValue ?? '', expireAt: expiryOfShadow(shadow) };
}

/** When a shadow expires, in milliseconds since 1970; undefined for never, which is also after the year 9999. */
export function expiryOfShadow({ expireAt }: Pick<ShadowDocument, 'expireAt'>): number | undefined {
  const ms = expireAt?.getTime();
  return ms !== undefined && ms > LAST_EXPIRY_MS ? undefined : ms;
}

/** Whether a shadow stands for a pair that exists at `now` (milliseconds since 1970). */
export function isPresent(shadow: Pick<ShadowDocument, 'deleted' | 'expireAt'>, now: number): boolean {
  return shadow.deleted !== true && (shadow.expireAt === undefined || shadow.expireAt.getTime() > now);
}
