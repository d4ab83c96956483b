import { Long } from 'mongodb';
import { dateUpToLast } from '../expiry.js';
import { type FallbackReason, mutationId, type RoutedMutation } from '../mutation.js';

/** A `KVMutated` event; field names as in the guide. */
export interface OutboxEvent {
  /** `<slot>-<version>`: inserting it again is harmless. */
  _id: string;
  type: 'KVMutated';
  /** When it was written, by the store's clock. */
  ts: Date;
  slot: number;
  version: Long | number;
  payload: {
    key: string;
    op: 'set' | 'del';
    /** null for a delete; absent once the event is processed or discarded. */
    value?: string | null;
    ttlSec: number | null;
    expireAt: Date | null;
    sessionId: string | null;
    interactionId: string | null;
    fallbackReason: FallbackReason | null;
  };
  processed: boolean;
  processedAt?: Date;
  /** How often it was tried and failed. */
  attempts: number;
  /** Not tried again before, by the store's clock. Of an event without `lastError` it means nothing: that is due at once. */
  retryAt: Date;
  /** Why it was not through when it was tried last; absent until then. */
  lastError?: string;
  /** Given up after too many attempts; stays until someone requeues or discards it. */
  dead: boolean;
  /** The trace that its mutation is part of, as W3C's `traceparent`; absent where none is recorded. */
  traceparent?: string;
  /** Someone gave it up for good. */
  discarded?: true;
}

/** What waits to be applied: the filter of the index `waiting_in_slot`. */
export const WAITING = { processed: false, dead: false } as const;

/** What waits in any slot; asked for like this since an index is entered by its first field alone. */
export const WAITING_IN_ANY_SLOT = { ...WAITING, slot: { $gte: 0 } } as const;

/**
 * When a first attempt is due: at once, whoever's clock is asked. A projector of 0.1.0 asks for a time in the past.
 */
const AT_ONCE = new Date(0);

/** The event of a mutation. `now`: the store's time, in milliseconds since 1970. */
export function eventOf(write: RoutedMutation, now: number): OutboxEvent {
  return {
    _id: mutationId(write),
    type: 'KVMutated',
    ts: new Date(now),
    slot: write.slot,
    // A JavaScript number of this size would be stored as a double.
    version: Long.fromNumber(write.version),
    payload: {
      key: write.key,
      op: write.op,
      value: write.op === 'set' ? (write.value ?? '') : null,
      ttlSec: write.ttlSec ?? null,
      expireAt: write.expireAt === undefined ? null : dateUpToLast(write.expireAt),
      sessionId: write.sessionId ?? null,
      interactionId: write.interactionId ?? null,
      fallbackReason: write.fallbackReason ?? null,
    },
    processed: false,
    attempts: 0,
    retryAt: AT_ONCE,
    dead: false,
    ...(write.traceparent === undefined ? {} : { traceparent: write.traceparent }),
  };
}

/** The mutation that an event carries; the event is none that {@link damageOf} finds something wrong with. */
export function mutationOf(event: OutboxEvent): RoutedMutation {
  const { payload } = event;
  return {
    key: payload.key,
    slot: event.slot,
    version: Number(event.version),
    op: payload.op,
    value: payload.value ?? undefined,
    ttlSec: payload.ttlSec ?? undefined,
    expireAt: payload.expireAt?.getTime(),
    sessionId: payload.sessionId ?? undefined,
    interactionId: payload.interactionId ?? undefined,
    fallbackReason: payload.fallbackReason ?? undefined,
    traceparent: event.traceparent,
  };
}

/** An event's version; what is no version is NaN. */
export function eventVersion({ version }: { readonly version?: unknown }): number {
  const number = Long.isLong(version) ? version.toNumber() : version;
  return Number.isSafeInteger(number) && Number(number) >= 0 ? Number(number) : Number.NaN;
}

/** Of what type each part of a payload is. */
const PAYLOAD_PARTS: Readonly<Record<string, (part: unknown) => boolean>> = {
  key: (part) => typeof part === 'string',
  op: (part) => part === 'set' || part === 'del',
  ttlSec: isNothingOr((part) => Number.isFinite(part)),
  expireAt: isNothingOr((part) => part instanceof Date && !Number.isNaN(part.getTime())),
  sessionId: isNothingOr((part) => typeof part === 'string'),
  interactionId: isNothingOr((part) => typeof part === 'string'),
  fallbackReason: isNothingOr((part) => typeof part === 'string'),
};

function isNothingOr(is: (part: unknown) => boolean): (part: unknown) => boolean {
  return (part) => part === undefined || part === null || is(part);
}

/** Why no mutation can be made of a waiting document of the outbox; undefined where one can. */
export function damageOf(event: Partial<Record<keyof OutboxEvent, unknown>>): string | undefined {
  if (typeof event._id !== 'string') return 'the event has no id of ours';
  if (!Number.isSafeInteger(event.slot) || Number(event.slot) < 0) return 'the event has no slot';
  if (Number.isNaN(eventVersion(event))) return 'the event has no version';
  const payload: unknown = event.payload;
  if (typeof payload !== 'object' || payload === null) return 'the event has no payload';
  const parts = payload as Record<string, unknown>;
  for (const [name, isRight] of Object.entries(PAYLOAD_PARTS)) {
    if (!isRight(parts[name])) return `the event's payload.${name} is missing or of a wrong type`;
  }
  if (parts.op === 'set' && typeof parts.value !== 'string') return "the event's payload.value is no text";
  return undefined;
}
