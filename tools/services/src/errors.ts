import { ExecaError } from 'execa';

/** Lines of a failed command's output that are told. */
const LAST_WORDS = 10;

/** Something this package can't do, with what the person in front of the terminal can do about it. */
export class ServicesError extends Error {
  override readonly name: string = 'ServicesError';
}

/** A service can be had in none of the ways tried. The message says what to install or set. */
export class ServiceUnavailableError extends ServicesError {
  override readonly name = 'ServiceUnavailableError';
}

/** A service was started and did not become ready, or ended while it was waited for. */
export class ServiceStartError extends ServicesError {
  override readonly name = 'ServiceStartError';
}

/** Another process works with this data folder. */
export class FolderInUseError extends ServicesError {
  override readonly name = 'FolderInUseError';
}

/** A folder can't be written to. The message says which, why, and which variable names another one. */
export class FolderUnusableError extends ServicesError {
  override readonly name = 'FolderUnusableError';
}

/** The sentence an error is told with. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error with what led to it, for a person: its message, and the last words of the command that failed. */
export function tellError(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof ExecaError)) return error.message;
  const lastWords = String(cause.stderr ?? '')
    .trimEnd()
    .split('\n')
    .slice(-LAST_WORDS)
    .join('\n');
  return [error.message, cause.shortMessage, lastWords].filter(Boolean).join('\n');
}
