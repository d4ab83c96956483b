import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Logger } from 'pino';
import { LayoutMismatchError, reasonOf } from './errors.js';

/** Longest wait between two attempts at start, in milliseconds. */
const MAX_WAIT_MS = 2000;

/**
 * Repeats a step of the start until it succeeds, saying once which service is missing and where it was looked for.
 * @throws LayoutMismatchError at once, since no waiting mends it; a cancellation when `stopping` aborts
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
    if (missing || !('error' in reason) || reason.error instanceof LayoutMismatchError) return;
    missing = true;
    log.error(
      { where, reason: reasonOf(reason.error) },
      `${service} is not reachable at ${where}; trying again until it is`,
    );
  });
  await policy.execute(step, stopping);
  log.info({ where }, missing ? `${service} is reachable now` : `${service} is reachable`);
}
