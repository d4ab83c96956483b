import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Logger } from 'pino';
import { HybridSyncError, RefusedByServiceError, reasonOf } from '../errors.js';
import { PermanentError } from '../permanent-errors.js';

/** Longest wait between two attempts at start, in milliseconds. */
const MAX_WAIT_MS = 2000;

/**
 * Repeats a step of the start until it succeeds, saying once which service is missing and where it was looked for, or
 * what it refuses.
 * @throws PermanentError at once, since no waiting mends it; an AbortError, or why the step failed, when
 *   `stopping` aborts
 */
export async function untilReachable(
  { name, where }: { readonly name: 'Redis' | 'MongoDB'; readonly where: string },
  step: () => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
): Promise<void> {
  const policy = retry(
    handleWhen((error) => !(error instanceof PermanentError)),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: MAX_WAIT_MS }),
    },
  );
  let said: string | undefined;
  policy.onFailure(({ reason }) => {
    if (stopping.aborted || !('error' in reason) || reason.error instanceof PermanentError) return;
    const fault =
      reason.error instanceof RefusedByServiceError || reason.error instanceof HybridSyncError
        ? `${reason.error.message}; trying again until that is mended`
        : `${name} is not reachable at ${where}; trying again until it is`;
    if (fault === said) return;
    said = fault;
    log.error({ where, reason: reasonOf(reason.error) }, fault);
  });
  // The policy looks at the signal before it waits, not after: an attempt then would open what was just closed.
  const attempt = () => {
    stopping.throwIfAborted();
    return step();
  };
  await policy.execute(attempt, stopping);
  log.info({ where }, said !== undefined ? `${name} is reachable now` : `${name} is reachable`);
}

/** Longest time that a start waits for MongoDB's word before it serves without it, in milliseconds. */
const WORD_MS = 1000;

/**
 * Resolves when MongoDB has said whether the data are this deployment's, or hasn't within a second: it may be away, and
 * writes are journaled then. @returns whether it has @throws what `proven` throws meanwhile
 */
export async function wordOf(proven: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), WORD_MS);
  });
  try {
    return await Promise.race([proven.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
