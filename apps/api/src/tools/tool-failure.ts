import { RefusalError } from '@hybrid-sync/service-host';
import {
  type HeldByShadow,
  HybridSyncError,
  InvalidInputError,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
} from '@hybrid-sync/sync-core';

/** What a client is told of an error: never a stack, a value or the words of an error that is not ours. */
export interface ToolFailure {
  readonly code: string;
  readonly message: string;
  /** The argument or header at fault. */
  readonly field?: string;
  /** With PRECONDITION_FAILED: the version that the cache has, null for no such key. */
  readonly version?: number | null;
  /** With NOT_CACHED: what the shadow store holds of the key. */
  readonly shadow?: HeldByShadow;
  /** With REVISION_CONFLICT: where the settings are now. */
  readonly revision?: number;
  /** Seconds after which a new try makes sense, where one does. */
  readonly retryAfterSec?: number;
}

/** What a client is told of an error. */
export function toolFailureOf(error: unknown): ToolFailure {
  if (error instanceof RefusalError) {
    const { code, message, field } = error;
    return { code, message, ...(field === undefined ? {} : { field }) };
  }
  if (!(error instanceof HybridSyncError)) {
    return { code: 'INTERNAL', message: 'this failed; the log of the api says why' };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error instanceof InvalidInputError ? { field: error.field } : {}),
    ...(error instanceof PreconditionFailedError ? { version: error.version ?? null } : {}),
    ...(error instanceof NotCachedError ? { shadow: error.shadow } : {}),
    ...(error instanceof RevisionConflictError ? { revision: error.revision } : {}),
    ...('retryAfterSec' in error ? { retryAfterSec: Number(error.retryAfterSec) } : {}),
  };
}
