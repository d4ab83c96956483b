import { type RedisRefusal, refusalOf } from './redis-refusal.js';

/** What every error of the system says of itself: a code that does not change, and the HTTP status it maps to. */
export type ErrorCode = keyof typeof HTTP_STATUS_OF;

/** The one table from error code to HTTP status; MCP turns every one of them into a tool error with the code in it. */
export const HTTP_STATUS_OF = {
  INVALID_INPUT: 400,
  REVISION_CONFLICT: 409,
  NOT_CACHED: 409,
  PRECONDITION_FAILED: 412,
  JOURNAL_FULL: 503,
  CACHE_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  NOT_REPLICATED: 503,
  TOO_MANY_WAITS: 503,
  NOT_READY: 503,
  LAYOUT_MISMATCH: 500,
  DATABASE_REFUSED: 500,
  INDEX_CONFLICT: 500,
  CONFIGURATION: 500,
} as const;

/** The base of all errors that a caller may see; its message holds neither secrets nor values. */
export abstract class HybridSyncError extends Error {
  abstract readonly code: ErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The caller's input breaks a rule; `field` says which input. */
export class InvalidInputError extends HybridSyncError {
  readonly code = 'INVALID_INPUT';
  readonly field: string;
  constructor(field: string, message: string) {
    super(`${field}: ${message}`);
    this.field = field;
  }
}

/** How a number may be that is added to: a safe integer, which is exact in JSON; one of 64 bits; one with a fraction. */
export type NumberRange = 'safe' | 'int64' | 'float';

const NUMBER_WORDS: Record<NumberRange, readonly [one: string, all: string]> = {
  safe: ['safe integer', 'the safe integers'],
  int64: ['integer of 64 bits', 'the integers of 64 bits'],
  float: ['number', 'the numbers'],
};

/** A value can't be added to. Nothing was changed. */
export class NumberRefusedError extends InvalidInputError {
  readonly range: NumberRange;
  /** `value`: it, or what is added, is no such number; `sum`: that would be beyond them. */
  readonly fault: 'value' | 'sum';
  constructor(range: NumberRange, fault: 'value' | 'sum') {
    const [one, all] = NUMBER_WORDS[range];
    if (fault === 'value') super('key', `its value is no ${one}`);
    else super('by', `leads beyond ${all}`);
    this.range = range;
    this.fault = fault;
  }
}

/** What was to be appended makes a value longer than one may be, as it is kept. Nothing was changed. */
export class ValueTooLongError extends InvalidInputError {
  constructor(maxBytes: number) {
    super('value', `the whole would be more than ${maxBytes} bytes as it is kept`);
  }
}

/** What a write asked of the pair that is there does not hold. Nothing was changed. */
export class PreconditionFailedError extends HybridSyncError {
  readonly code = 'PRECONDITION_FAILED';
  /** The version that the cache has; undefined for no such key. */
  readonly version: number | undefined;
  /** `asked`: whether it was the condition of a write; a read has nothing to write. */
  constructor(version: number | undefined, asked: 'read' | 'write' = 'write') {
    const held = version === undefined ? 'no such key' : `version ${version} of the key`;
    super(`the cache has ${held}${asked === 'write' ? '; nothing was written' : ''}`);
    this.version = version;
  }
}

/** What the shadow store says of a key that the cache does not hold. */
export interface HeldByShadow {
  /** `expired` and `deleted` (a tombstone) count as absent. */
  readonly state: 'live' | 'expired' | 'deleted' | 'none';
  /** Absent for `none`. */
  readonly version?: number;
}

const SHADOW_WORDS: Record<HeldByShadow['state'], string> = {
  live: 'holds the pair',
  expired: 'holds what has expired',
  deleted: 'knows that it was deleted',
  none: 'does not know it either',
};

/**
 * A sync without a value, of a key that the cache does not hold. Nothing was changed: that the pair is not there does
 * not say that someone deleted it, and the shadow may be its last copy.
 */
export class NotCachedError extends HybridSyncError {
  readonly code = 'NOT_CACHED';
  readonly shadow: HeldByShadow;
  constructor(shadow: HeldByShadow) {
    const { state, version } = shadow;
    super(
      `the cache does not hold this key, so nothing was synced and nothing changed; the shadow store ${SHADOW_WORDS[state]}` +
        `${version === undefined ? '' : `, at version ${version}`}. To bring back what the shadow store holds: restore_cache, ` +
        'or force_sync_repair of this key; to delete it on both sides: hybrid_sync_delete or kv_del',
    );
    this.shadow = shadow;
  }
}

/** The settings were changed since the caller read them. Nothing was changed. */
export class RevisionConflictError extends HybridSyncError {
  readonly code = 'REVISION_CONFLICT';
  /** Where the settings are now. */
  readonly revision: number;
  constructor(revision: number) {
    super(`the settings are at revision ${revision} now; nothing was changed: look at them and try again`);
    this.revision = revision;
  }
}

/**
 * A slot was not watched all the time since the moment that a write names, so whether the key is known can't be said:
 * watch, and look, again. Nothing was changed. Only what asks for such a write meets it, no client.
 */
export class UnwatchedError extends Error {
  override readonly name = 'UnwatchedError';
}

/** The slot's journal is at its bound: MongoDB has been away for long. Nothing was changed. */
export class JournalFullError extends HybridSyncError {
  readonly code = 'JOURNAL_FULL';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 5;
  constructor(slot: number, bound: number) {
    super(
      `the journal of slot ${slot} is full (${bound} mutations, or as many bytes as it may hold, wait for MongoDB); nothing was written`,
    );
  }
}

/**
 * A write that only Redis' journal holds is not on as many replicas as `app.journal.wait-replicas` asks for. It is made
 * all the same, and is synced once MongoDB is back, unless Redis fails over before.
 */
export class NotReplicatedError extends HybridSyncError {
  readonly code = 'NOT_REPLICATED';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 1;
  constructor(version: number, reached: number, asked: number) {
    super(
      `the write is made, as version ${version}, but MongoDB does not have it, and of Redis' replicas ${reached} instead of ${asked}: ` +
        'if Redis fails over now it is lost',
    );
  }
}

/**
 * Redis did not take the command; whether a write that was under way took effect is not known. Of what Redis said only
 * its code is told (`OOM`, `WRONGTYPE`), with what it means: the rest names scripts and their lines. The cause has all
 * of it, for the log.
 */
export class CacheUnavailableError extends HybridSyncError {
  readonly code = 'CACHE_UNAVAILABLE';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 1;
  constructor(doing: string, cause: unknown) {
    super(whatRedisDid(doing, cause), { cause });
  }
}

function whatRedisDid(doing: string, cause: unknown): string {
  if (cause instanceof RedisFaultError) return `Redis was not asked while ${doing}: ${cause.message}`;
  const refusal = refusalOf(cause);
  if (refusal === undefined) return `Redis did not answer while ${doing}`;
  return `Redis refused while ${doing}: ${refusal.code}${refusal.meaning === '' ? '' : `, it ${refusal.meaning}`}`;
}

/** MongoDB did not do what was asked of it. Writing pairs does not need it; looking at shadows and dead letters does. */
export class StoreUnavailableError extends HybridSyncError {
  readonly code = 'STORE_UNAVAILABLE';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 1;
  constructor(doing: string, cause: unknown) {
    const verb = cause instanceof HybridSyncError ? 'was not asked' : 'did not answer';
    super(`MongoDB ${verb} while ${doing}: ${reasonOf(cause)}`, { cause });
  }
}

/** As many callers as there may be wait for a shadow already, or as many of one token. */
export class TooManyWaitsError extends HybridSyncError {
  readonly code = 'TOO_MANY_WAITS';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 1;
  /** `waiting`: callers that wait; `own`: those of them with the caller's own token. */
  constructor(waiting: number, own?: number) {
    const ofThem = own === undefined ? '' : `, ${own} of them with this token`;
    super(`${waiting} callers wait for shadows already${ofThem}; ask again later, or without waiting`);
  }
}

/** The process has not yet reached what the call needs. */
export class NotReadyError extends HybridSyncError {
  readonly code = 'NOT_READY';
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSec = 1;
}

/**
 * A service was reached and refuses what is asked of it: its user, a right, its role. The message calls it by its name
 * and says what to set. Waiting helps only if someone sets it.
 */
export class RefusedByServiceError extends Error {
  override readonly name = 'RefusedByServiceError';
}

/** Redis was reached, and can't be used as it is. The message holds no word of Redis' own. */
export class RedisFaultError extends RefusedByServiceError {
  /** Redis' code for it, such as `READONLY`. */
  readonly code: string;
  constructor(setting: string, { code, meaning }: Pick<RedisRefusal, 'code' | 'meaning'>) {
    super(`the Redis of ${setting} ${meaning === '' ? 'refuses the connection' : meaning} (${code})`);
    this.code = code;
  }
}

/** Longest reason that is kept or logged, in characters: an error of a store may quote what it was given. */
const MAX_REASON = 200;

/** Why something failed, in short, also where Node puts several reasons into one error with an empty message. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(reasonOf))].join(', ').slice(0, MAX_REASON);
  }
  const reason = error instanceof Error ? error.message || error.name : String(error);
  return reason.slice(0, MAX_REASON);
}
