import {
  type HeldByShadow,
  HTTP_STATUS_OF,
  HybridSyncError,
  InvalidInputError,
  type METRICS,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
} from '@hybrid-sync/sync-core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** Why the HTTP server itself turns a request away, with the status of each. The service's own errors bring theirs. */
const STATUS_OF_REFUSAL = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  OVERLOADED: 503,
} as const;
/** Why a request was turned away for who sent it. */
export type CallerRefusal = (typeof METRICS)['callersRefused']['labels']['reason'][number];
/** See {@link STATUS_OF_REFUSAL}. */
export type RefusalCode = keyof typeof STATUS_OF_REFUSAL;

/** The HTTP status of every code that a problem can have. */
export const STATUS_OF = { ...HTTP_STATUS_OF, ...STATUS_OF_REFUSAL };
/** A code that a problem can have. */
export type ProblemCode = keyof typeof STATUS_OF;

const TITLES: Record<ProblemCode, string> = {
  INVALID_INPUT: 'The request breaks a rule',
  REVISION_CONFLICT: 'The settings were changed meanwhile',
  NOT_CACHED: 'The cache does not hold the key',
  PRECONDITION_FAILED: 'The condition does not hold',
  JOURNAL_FULL: 'The journal is full',
  CACHE_UNAVAILABLE: 'Redis does not answer',
  STORE_UNAVAILABLE: 'MongoDB does not answer',
  NOT_REPLICATED: "Neither Redis' replicas nor MongoDB have the write",
  TOO_MANY_WAITS: 'Too many callers wait',
  NOT_READY: 'The process is starting',
  LAYOUT_MISMATCH: 'The data has another layout',
  DATABASE_REFUSED: "The database is someone else's",
  INDEX_CONFLICT: 'An index of MongoDB is another one',
  CONFIGURATION: 'The configuration is at fault',
  INVALID_REQUEST: 'This is no HTTP request',
  UNAUTHORIZED: 'A token is needed',
  FORBIDDEN: 'This is not allowed',
  NOT_FOUND: 'There is no such thing',
  METHOD_NOT_ALLOWED: 'The method is not allowed here',
  NOT_ACCEPTABLE: 'There is nothing of the types asked for',
  REQUEST_TIMEOUT: 'The request took too long to arrive',
  BODY_TOO_LARGE: 'The body is too large',
  UNSUPPORTED_MEDIA_TYPE: 'The body has a type that is not taken',
  RATE_LIMITED: 'Too many requests',
  HEADERS_TOO_LARGE: 'The headers are too long',
  INTERNAL: 'The request failed',
  OVERLOADED: 'Too many requests wait',
};

/** An error as RFC 9457 has it, with a stable code and what a caller needs to act. */
export interface ProblemDetails {
  /** `urn:hybrid-sync:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  /** The argument, header or part of the request at fault. */
  readonly field?: string;
  /** After a condition that did not hold: the version that the cache has, null for no such key. */
  readonly version?: number | null;
  /** After a sync without a value of a key that the cache does not hold: what the shadow store says of it. */
  readonly shadow?: HeldByShadow;
  /** After a change of settings that came too late: their revision now. */
  readonly revision?: number;
}

/** A problem's body. */
export function problem(
  code: ProblemCode,
  detail: string,
  more: Pick<ProblemDetails, 'field' | 'version' | 'shadow' | 'revision'> = {},
): ProblemDetails {
  const type = `urn:hybrid-sync:error:${code}`;
  return { type, title: TITLES[code], status: STATUS_OF[code], detail, code, ...more };
}

/** A request is turned away; thrown wherever that is decided, answered by {@link sendProblem}. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly code: RefusalCode;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is for who sent the request: why. */
  readonly reason: CallerRefusal | undefined;
  constructor(
    code: RefusalCode,
    detail: string,
    field?: string,
    headers: Record<string, string> = {},
    reason?: CallerRefusal,
  ) {
    super(field === undefined ? detail : `${field}: ${detail}`);
    this.code = code;
    this.field = field;
    this.headers = headers;
    this.reason = reason;
  }
}

/** Fastify's error handler: every error becomes a problem. A stack or a value never leaves the process. */
export function sendProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body = problemOf(error, request, reply);
  if (body.code === 'INTERNAL') request.log.error({ err: error }, 'a request failed');
  return reply.code(body.status).type('application/problem+json').send(body);
}

function problemOf(error: FastifyError, { headers }: FastifyRequest, reply: FastifyReply): ProblemDetails {
  if (error instanceof RefusalError) {
    reply.headers(error.headers);
    return problem(error.code, error.message, error.field === undefined ? {} : { field: error.field });
  }
  if (error instanceof InvalidInputError) return problem(error.code, error.message, { field: error.field });
  if (error instanceof PreconditionFailedError) {
    if (error.version !== undefined) reply.header('etag', `"${error.version}"`);
    const field = headers['if-match'] === undefined ? 'If-None-Match' : 'If-Match';
    return problem(error.code, `${field}: ${error.message}`, { field, version: error.version ?? null });
  }
  if (error instanceof NotCachedError) return problem(error.code, error.message, { shadow: error.shadow });
  if (error instanceof RevisionConflictError) {
    return problem(error.code, error.message, { revision: error.revision });
  }
  if (error instanceof HybridSyncError) {
    if ('retryAfterSec' in error) reply.header('retry-after', String(error.retryAfterSec));
    return problem(error.code, error.message);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('BODY_TOO_LARGE', 'body: is over the limit', { field: 'body' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('UNSUPPORTED_MEDIA_TYPE', 'Content-Type: must be application/json', {
        field: 'Content-Type',
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return problem('INVALID_INPUT', 'body: is empty; without a body leave the Content-Type out', {
        field: 'body',
      });
    case 'FST_ERR_BAD_URL':
      return problem('INVALID_INPUT', 'path: is not well percent-encoded UTF-8', { field: 'path' });
  }
  // What is left of Fastify's own complaints is about the body.
  if ((error.statusCode ?? 500) < 500) {
    return problem('INVALID_INPUT', 'body: is not valid JSON, is cut off, or has a forbidden key', {
      field: 'body',
    });
  }
  return problem('INTERNAL', 'the request failed; the log of this process says why');
}
