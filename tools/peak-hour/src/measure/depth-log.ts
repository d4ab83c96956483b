import { type BacklogCounts, systemClock } from '@hybrid-sync/trials';

/** Time between two looks, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** What waited at a moment. */
export interface Depth extends BacklogCounts {
  /** Milliseconds from the start of the load. */
  readonly at: number;
}

/** Looks again and again at what waits, one look at a time, until it is ended. @throws what a look threw */
export async function depthsUntil(ended: AbortSignal, look: () => Promise<BacklogCounts>): Promise<Depth[]> {
  const startedAt = systemClock.now();
  const depths: Depth[] = [];
  while (!ended.aborted) {
    const at = systemClock.now() - startedAt;
    depths.push({ at, ...(await look()) });
    await systemClock.sleepUntil(systemClock.now() + LOOK_EVERY_MS, ended);
  }
  return depths;
}
