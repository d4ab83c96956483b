import { HTTP_STATUS_OF, HybridSyncError, InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

/** An error as RFC 9457 has it, with a stable code and, for bad input, the field at fault. */
export interface ProblemDetails {
  /** `urn:hybrid-sync:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly field?: string;
}

/** What each code is called. */
const TITLES: Record<string, string> = {
  INVALID_INPUT: 'The request breaks a rule',
  JOURNAL_FULL: 'The journal is full',
  CACHE_UNAVAILABLE: 'Redis does not answer',
  NOT_READY: 'The process is starting',
  NOT_FOUND: 'There is no such thing',
  INTERNAL: 'The request failed',
};

/** Sends a problem; a stack or a value never leaves the process. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  field?: string,
) {
  const body: ProblemDetails = {
    type: `urn:hybrid-sync:error:${code}`,
    title: TITLES[code] ?? code,
    status,
    detail,
    code,
    ...(field === undefined ? {} : { field }),
  };
  return reply.code(status).type('application/problem+json').send(body);
}

/** Fastify's error handler for the plain HTTP routes: every error becomes a problem, with Retry-After where that helps. */
export function problemOf(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof HybridSyncError) {
    if ('retryAfterSec' in error) reply.header('retry-after', String(error.retryAfterSec));
    const field = error instanceof InvalidInputError ? error.field : undefined;
    return sendProblem(reply, HTTP_STATUS_OF[error.code], error.code, error.message, field);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return sendProblem(reply, status, 'INVALID_INPUT', `body: ${error.message}`, 'body');
  request.log.error({ err: error }, 'a request failed');
  return sendProblem(reply, 500, 'INTERNAL', 'the request failed; the log of the api says why');
}
