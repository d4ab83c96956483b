import { waitUntil } from '@hybrid-sync/services';

/** How a condition that nobody announces is waited for. */
export interface WaitBounds {
  /** Longest wait, in milliseconds. */
  readonly timeoutMs: number;
  /** Time between two looks, in milliseconds; default 25. */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Looks at a condition again and again; a rejection counts as false.
 * @returns whether it came true in time
 * @throws the signal's reason when it aborts
 */
export async function holdsInTime(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs, signal }: WaitBounds,
): Promise<boolean> {
  const holds = await waitUntil(async () => condition(), timeoutMs, { everyMs, signal });
  signal.throwIfAborted();
  return holds;
}

/** As {@link holdsInTime}, for what has to come true. @throws Error that says what did not */
export async function awaitCondition(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience: WaitBounds,
): Promise<void> {
  if (await holdsInTime(condition, patience)) return;
  throw new Error(`after ${patience.timeoutMs / 1000} s still not: ${what}`);
}
