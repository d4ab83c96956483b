import { reasonOf } from '@hybrid-sync/sync-core';

/** What a log says of an error. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code: unknown;
  /** Where it was thrown: the frames alone. */
  readonly stack: string | undefined;
}

/**
 * Makes an error fit for a log. A driver's error carries the documents it was given, and its message, which the stack
 * repeats, may quote them: so the message is cut, and of the stack only the frames are kept.
 */
export function errorWithoutPayload(error: Error & { code?: unknown }): LoggedError {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { type: error.name, message: reasonOf(error), code: error.code, stack: frames?.join('\n') };
}
