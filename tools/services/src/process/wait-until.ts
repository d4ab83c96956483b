import { setTimeout as delay } from 'node:timers/promises';

/** How a condition is waited for. */
export interface WaitOptions {
  /** Time between two looks, in milliseconds; 25 unless given. */
  readonly everyMs?: number | undefined;
  /** Gives the wait up. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for a condition that nobody announces (a port that answers, a process that is gone).
 * @param condition is looked at again and again; a rejection counts as false
 * @param timeoutMs how long to wait, in milliseconds
 * @returns whether the condition came true in time
 */
export async function waitUntil(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  { everyMs = 25, signal }: WaitOptions = {},
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (signal?.aborted !== true) {
    if (await condition().catch(() => false)) return true;
    if (performance.now() >= deadline) return false;
    await delay(everyMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  return false;
}
