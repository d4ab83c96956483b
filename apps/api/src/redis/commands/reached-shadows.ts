import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, StoreUnavailableError } from '@hybrid-sync/sync-core';
import type { Client } from '../client.js';

/** Keys that one WAIT asks the shadow store for at once. */
const WAITS_AT_ONCE = 50;
/** For how long the answer to a look that began in time is awaited, in milliseconds. */
const LAST_LOOK_MS = 100;

/**
 * Waits until the shadows have what a client wrote. Returns false where some have not in time, be it that their store does
 * not answer, that the client has gone, and where it wrote too much to tell. @throws TooManyWaitsError
 */
export async function reachedShadows(
  waits: Pick<Pod['waits'], 'wait'>,
  client: Pick<Client, 'writes' | 'gone' | 'caller'>,
  patienceMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, client.gone]);
  const late = sleep(patienceMs + LAST_LOOK_MS, false, { signal }).catch(() => false);
  try {
    return await Promise.race([haveAll(waits, client, patienceMs), late]);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return false;
    throw error;
  } finally {
    over.abort();
  }
}

async function haveAll(
  waits: Pick<Pod['waits'], 'wait'>,
  { writes, gone, caller }: Pick<Client, 'writes' | 'gone' | 'caller'>,
  patienceMs: number,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  const { open } = writes;
  if (open === undefined) return false;
  for (let at = 0; at < open.length; at += WAITS_AT_ONCE) {
    const reached = await Promise.all(
      open.slice(at, at + WAITS_AT_ONCE).map(async ({ key, version }) => {
        const leftMs = Math.max(0, deadline - performance.now());
        const wait = await waits.wait(key, version, leftMs, { gone, by: caller?.name });
        if (wait.reached) writes.reached(key, version);
        return wait.reached;
      }),
    );
    if (reached.includes(false)) return false;
  }
  return true;
}
