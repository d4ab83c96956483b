import { ErrorReply } from '@hybrid-sync/redis-protocol';
import { type ErrorCode, HybridSyncError } from '@hybrid-sync/sync-core';
import { TooManyCommandsError } from '../security/command-rates.js';
import { toolFailureOf } from '../tools/tool-failure.js';

/** A command was refused for what it says; the text is what Redis would answer. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * The first word of an error, by which clients of Redis know what to do: `LOADING` is tried again later, `OOM` and
 * `NOREPLICAS` are of Redis itself. `RATE_LIMITED` is as over HTTP. All others are `ERR`.
 */
export const WORD_OF: Partial<Record<ErrorCode, string>> = {
  JOURNAL_FULL: 'OOM',
  NOT_READY: 'LOADING',
  NOT_REPLICATED: 'NOREPLICAS',
  CACHE_UNAVAILABLE: 'MASTERDOWN',
};

/** What a client is answered for an error: never a stack, a value, or the words of an error that is not ours. */
export function failureReply(error: unknown): ErrorReply {
  if (error instanceof CommandError) return new ErrorReply(error.message);
  if (error instanceof TooManyCommandsError) return new ErrorReply(`RATE_LIMITED ${error.message}`);
  const { message } = toolFailureOf(error);
  const word = error instanceof HybridSyncError ? WORD_OF[error.code] : undefined;
  return new ErrorReply(`${word ?? 'ERR'} ${message}`);
}
