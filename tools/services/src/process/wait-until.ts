import { setTimeout as delay } from 'node:timers/promises';

/** How often a condition is looked at, in milliseconds. */
const INTERVAL_MS = 25;

/**
 * Waits for a condition that nobody announces (a port that answers, a process that is gone).
 * @param condition is looked at every 25 ms; a rejection counts as false
 * @param timeoutMs how long to wait, in milliseconds
 * @param signal gives the wait up
 * @returns whether the condition came true in time
 */
export async function waitUntil(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (signal?.aborted !== true) {
    if (await condition().catch(() => false)) return true;
    if (performance.now() >= deadline) return false;
    await delay(INTERVAL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  return false;
}
