import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Logger } from 'pino';
import { LayoutMismatchError, reasonOf } from '../errors.js';

/** Longest wait between two attempts at start, in milliseconds. */
const MAX_WAIT_MS = 2000;

/**
 * Repeats a step of the start until it succeeds, saying once which service is missing and where it was looked for.
 * @throws LayoutMismatchError at once, since no waiting mends it; an AbortError, or why the step failed, when
 *   `stopping` aborts
 */
export async function untilReachable(
  service: 'Redis' | 'MongoDB',
  where: string,
  step: () => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
): Promise<void> {
  const policy = retry(
    handleWhen((error) => !(error instanceof LayoutMismatchError)),
    {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: MAX_WAIT_MS }),
    },
  );
  let missing = false;
  policy.onFailure(({ reason }) => {
    if (missing || stopping.aborted || !('error' in reason) || reason.error instanceof LayoutMismatchError)
      return;
    missing = true;
    log.error(
      { where, reason: reasonOf(reason.error) },
      `${service} is not reachable at ${where}; trying again until it is`,
    );
  });
  // The policy looks at the signal before it waits, not after: an attempt then would open what was just closed.
  const attempt = () => {
    stopping.throwIfAborted();
    return step();
  };
  await policy.execute(attempt, stopping);
  log.info({ where }, missing ? `${service} is reachable now` : `${service} is reachable`);
}
