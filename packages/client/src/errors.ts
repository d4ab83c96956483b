/** The base of all that a call can fail with, but for the reason of an `AbortSignal`, which is thrown as it is. */
export abstract class ClientError extends Error {
  /** Does not change from version to version: the api's own code where it gave one. */
  readonly code: string;
  /** Whether a write may have been done all the same, or may still be. Of no meaning for a read. */
  readonly mayHaveBeenDone: boolean;
  /** Whether the same call may succeed later without anything being changed. */
  readonly passes: boolean;

  constructor(
    code: string,
    message: string,
    { mayHaveBeenDone, passes }: { readonly mayHaveBeenDone: boolean; readonly passes: boolean },
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.mayHaveBeenDone = mayHaveBeenDone;
    this.passes = passes;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** No api was reached, or the connection was cut before its answer; code `API_UNREACHABLE`. */
export class UnreachableError extends ClientError {
  /** Where the api was looked for. */
  readonly url: string;

  constructor(url: string, reason: string, mayHaveBeenDone: boolean, cause?: unknown) {
    super(
      'API_UNREACHABLE',
      `no api answers at ${url}: ${reason}`,
      { mayHaveBeenDone, passes: true },
      { cause },
    );
    this.url = url;
  }
}

/** The api did not answer in time; code `TIMED_OUT`. */
export class TimedOutError extends ClientError {
  constructor(url: string, ms: number) {
    super(
      'TIMED_OUT',
      `the api at ${url} did not answer within ${ms / 1000} s; a write may have been done all the same`,
      { mayHaveBeenDone: true, passes: true },
    );
  }
}

/** Statuses of a proxy that does not reach the api behind it. */
const OF_A_PROXY: readonly number[] = [502, 503, 504];

/** What answers is no hybrid-sync api, or a proxy in front of one that it does not reach; code `NOT_AN_API`. */
export class NotAnApiError extends ClientError {
  /** Of the answer over HTTP. */
  readonly status: number;

  constructor(url: string, status: number) {
    super('NOT_AN_API', `what answers at ${url} is no hybrid-sync api (HTTP ${status})`, {
      mayHaveBeenDone: true,
      passes: OF_A_PROXY.includes(status),
    });
    this.status = status;
  }
}

/** What the api says of a call that it did not do. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The argument at fault. */
  readonly field?: string | undefined;
  /** With `PRECONDITION_FAILED`: the version that the cache has, null for no such key. */
  readonly version?: number | null | undefined;
  /** With `NOT_CACHED`: what the shadow store says of the key. */
  readonly shadow?: { readonly state: string; readonly version?: number } | undefined;
  /** With `REVISION_CONFLICT`: where the settings are now. */
  readonly revision?: number | undefined;
  /** Seconds after which another try makes sense. */
  readonly retryAfterSec?: number | undefined;
}

/** Codes of what passes, with whether a write may have been done before. */
const PASSING: ReadonlyMap<string, boolean> = new Map([
  ['NOT_READY', false],
  ['JOURNAL_FULL', false],
  ['TOO_MANY_WAITS', false],
  ['RATE_LIMITED', false],
  ['OVERLOADED', false],
  ['CACHE_UNAVAILABLE', true],
  ['STORE_UNAVAILABLE', true],
]);
/** Codes of what does not pass, after which a write may have been done. */
const PERHAPS_DONE: readonly string[] = ['NOT_REPLICATED', 'INTERNAL'];

/** The api refused the call or failed at it; its code says why. */
export class ApiError extends ClientError {
  /** The argument at fault; undefined where it is none. */
  readonly field: string | undefined;
  /** Seconds after which another try makes sense; undefined where the api said nothing of it. */
  readonly retryAfterSec: number | undefined;

  constructor({ code, message, field, retryAfterSec }: Refusal) {
    super(code, message, {
      mayHaveBeenDone: PASSING.get(code) ?? PERHAPS_DONE.includes(code),
      passes: PASSING.has(code),
    });
    this.field = field;
    this.retryAfterSec = retryAfterSec;
  }
}

/** An argument breaks a rule: `field` says which; code `INVALID_INPUT`. */
export class InvalidInputError extends ApiError {}

/** A write's condition does not hold; nothing was written; code `PRECONDITION_FAILED`. */
export class PreconditionFailedError extends ApiError {
  /** The version that the cache has; null for no such key. */
  readonly version: number | null;
  constructor(refusal: Refusal) {
    super(refusal);
    this.version = refusal.version ?? null;
  }
}

/** A sync without a value, of a key that the cache does not hold; code `NOT_CACHED`. */
export class NotCachedError extends ApiError {
  /** What the shadow store says of the key; undefined where the api did not say. */
  readonly shadow: Refusal['shadow'];
  constructor(refusal: Refusal) {
    super(refusal);
    this.shadow = refusal.shadow;
  }
}

/** The settings were changed meanwhile; code `REVISION_CONFLICT`. */
export class RevisionConflictError extends ApiError {
  /** Where the settings are now; undefined where the api did not say. */
  readonly revision: number | undefined;
  constructor(refusal: Refusal) {
    super(refusal);
    this.revision = refusal.revision;
  }
}

/** The token is missing, unknown or expired (`UNAUTHORIZED`), or its role may not do this (`FORBIDDEN`). */
export class AccessRefusedError extends ApiError {}

/** The api can't do it now and may do it later: its stores are away, it starts, or it is asked too much. */
export class UnavailableError extends ApiError {}

const CLASSES: Readonly<Record<string, new (refusal: Refusal) => ApiError>> = {
  INVALID_INPUT: InvalidInputError,
  PRECONDITION_FAILED: PreconditionFailedError,
  NOT_CACHED: NotCachedError,
  REVISION_CONFLICT: RevisionConflictError,
  UNAUTHORIZED: AccessRefusedError,
  FORBIDDEN: AccessRefusedError,
};

/** The error of the class that a refusal's code has. */
export function apiErrorOf(refusal: Refusal): ApiError {
  return new (CLASSES[refusal.code] ?? (PASSING.has(refusal.code) ? UnavailableError : ApiError))(refusal);
}
