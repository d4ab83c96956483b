import { setTimeout as delay } from 'node:timers/promises';
import type { Stores } from '@hybrid-sync/sync-core';

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 10;
/** Longest wait, in milliseconds. */
const DRAIN_MS = 120_000;

/** Resolves when no event waits. @throws Error when that takes too long; the signal's reason */
export async function outboxDrained({ outbox }: Pick<Stores, 'outbox'>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  while ((await outbox.countUnprocessed(1)) > 0) {
    if (performance.now() > deadline) throw new Error(`the outbox was not drained in ${DRAIN_MS / 1000} s`);
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
