import { type ProblemDetails, problem } from '@hybrid-sync/service-host';
import type { Operation } from '@hybrid-sync/tool-contract';

const VERSION = 1795438874869653;

const OF_STATUS: Readonly<Record<number, ProblemDetails>> = {
  400: problem('INVALID_INPUT', 'limitt: is not an argument of this tool; did you mean limit?', {
    field: 'limitt',
  }),
  401: problem('UNAUTHORIZED', 'Authorization: must be "Bearer" and a token', { field: 'Authorization' }),
  403: problem('FORBIDDEN', 'Authorization: this needs the role admin; the token has read', {
    field: 'Authorization',
  }),
  404: problem('NOT_FOUND', 'key: the cache has no such key', { field: 'key' }),
  406: problem('NOT_ACCEPTABLE', 'Accept: there is image/png, application/json', { field: 'Accept' }),
  408: problem('REQUEST_TIMEOUT', 'the request took too long to arrive'),
  412: problem('PRECONDITION_FAILED', 'If-Match: the cache has another version', {
    field: 'If-Match',
    version: VERSION,
  }),
  413: problem('BODY_TOO_LARGE', 'body: is over the limit', { field: 'body' }),
  415: problem('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding: must be one of gzip, deflate and br', {
    field: 'Content-Encoding',
  }),
  429: problem('RATE_LIMITED', 'more than 600 requests within a minute'),
  500: problem('INTERNAL', 'the request failed; the log of this process says why'),
  503: problem('CACHE_UNAVAILABLE', 'Redis does not answer'),
};
const LATE = problem('REVISION_CONFLICT', 'the settings are at revision 8', { revision: 8 });
const NOT_CACHED = problem('NOT_CACHED', 'the cache does not hold this key; give a value to set it', {
  shadow: { state: 'deleted', version: VERSION },
});

/** A problem that an operation answers with this status; undefined for a status that it does not have. */
export function problemExample(status: number, { revised }: Operation): ProblemDetails | undefined {
  return status === 409 ? (revised ? LATE : NOT_CACHED) : OF_STATUS[status];
}
