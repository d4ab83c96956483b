import {
  ApiError,
  type ClientError,
  NotAnApiError,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
  TimedOutError,
} from '@hybrid-sync/client';
import { CommandFailure, NoApiError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** The exit codes of the api's error codes; of all others it is {@link EXIT.no}. */
const EXIT_CODE_OF: Readonly<Record<string, ExitCode>> = {
  INVALID_INPUT: EXIT.usage,
  BODY_TOO_LARGE: EXIT.usage,
  UNAUTHORIZED: EXIT.notAuthorised,
  FORBIDDEN: EXIT.notAuthorised,
};

/** What to do about an error of the api. */
const HINTS: Readonly<Record<string, string>> = {
  UNAUTHORIZED:
    'give a token by --token-file <file> or HYBRID_SYNC_TOKEN; "hybrid-sync token create" makes one',
  BODY_TOO_LARGE: 'MAX_VALUE_BYTES of the api says how long a value may be',
  REVISION_CONFLICT: 'see "hybrid-sync settings get" and "hybrid-sync settings history"',
  NOT_CACHED:
    'see "hybrid-sync verify-key key=<key>"; "hybrid-sync repair key=<key>" brings back what the shadow store holds',
  JOURNAL_FULL: 'MongoDB has been away for long; once it is back, the projector makes room',
  NOT_REPLICATED:
    'the write is made; are the replicas of Redis connected? see INFO replication, and app.journal.wait-replicas',
  CACHE_UNAVAILABLE: 'is Redis running? the api says at /readyz, to who has a token, where it looks for it',
  STORE_UNAVAILABLE: 'is MongoDB running? the api says at /readyz, to who has a token, where it looks for it',
};

/** What a failed call is to a command: with an exit code, and with what to do about it. */
export function commandFailureOf(error: ClientError): CommandFailure {
  const { code, message } = error;
  if (!(error instanceof ApiError)) return new NoApiError(message, unreachableHint(error));
  const { field, retryAfterSec } = error;
  return new CommandFailure(code, EXIT_CODE_OF[code] ?? EXIT.no, message, {
    hint: HINTS[code],
    ...(field === undefined ? {} : { field }),
    ...(error instanceof PreconditionFailedError ? { version: error.version } : {}),
    ...(error instanceof NotCachedError ? { shadow: error.shadow } : {}),
    ...(error instanceof RevisionConflictError ? { revision: error.revision } : {}),
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
  });
}

function unreachableHint(error: ClientError): string {
  if (error instanceof TimedOutError) {
    return 'look what it says at /readyz, or wait longer with --timeout <seconds>';
  }
  if (!(error instanceof NotAnApiError)) {
    return 'is the api running? start it with "npm start", or say with --url where it is';
  }
  return error.passes
    ? 'a proxy in front of the api may not reach it: is the api running?'
    : 'say with --url where the api is; the projector, on a port of its own, is not it, and an older api has not every tool';
}
