import type { RunClock } from './clock.js';

/** How a load is driven. */
export interface OpenLoop<T> {
  /** What is sent, in its order. */
  readonly items: Iterable<T>;
  /** When each of them arrives, in milliseconds from the start of the load, rising; the load ends with the shorter of both. */
  readonly times: Iterator<number, void>;
  readonly clock: RunClock;
  /** Most requests under way at once, from 1. */
  readonly maxInFlight: number;
  /** Ends the load early: nothing more is sent, and what is under way is awaited. */
  readonly signal: AbortSignal;
  /**
   * Sends one thing and sees to its outcome. `intendedAt` is the time on the clock at which it should have
   * been sent: latency counts from there. Must not fail; if it does, the load ends with that error.
   */
  readonly send: (item: T, intendedAt: number) => Promise<void>;
}

/** What became of the load. */
export interface LoadOutcome {
  /** Arrivals that were sent. */
  readonly sent: number;
  /** Arrivals that had to wait because `maxInFlight` requests were under way. */
  readonly heldBack: number;
  /** From the start until the last request was done, in milliseconds. */
  readonly elapsedMs: number;
}

/**
 * Sends arrivals at their times, whether or not earlier ones were answered: an open loop, as independent
 * clients make it. A slow answer does not slow down what comes after it, and since latency counts from the
 * intended time, a server that stalls can't hide the requests it kept waiting (the omission that Gil Tene
 * called coordinated).
 *
 * The one limit is `maxInFlight`: at the bound arrivals wait for a free place, in order, and that wait is
 * part of their latency. Rates beyond what the service can do so end with growing latencies, not with memory
 * running out.
 */
export async function runOpenLoop<T>({
  items,
  times,
  clock,
  maxInFlight,
  signal,
  send,
}: OpenLoop<T>): Promise<LoadOutcome> {
  const startedAt = clock.now();
  let inFlight = 0;
  let sent = 0;
  let heldBack = 0;
  let failure: { readonly error: unknown } | undefined;
  let onDone: (() => void) | undefined;
  const oneDone = () =>
    new Promise<void>((resolve) => {
      onDone = resolve;
    });
  const track = async (item: T, intendedAt: number) => {
    inFlight++;
    try {
      await send(item, intendedAt);
    } catch (error) {
      failure ??= { error };
    }
    inFlight--;
    onDone?.();
  };

  for (const item of items) {
    const { value: at, done } = times.next();
    if (done === true) break;
    await clock.sleepUntil(startedAt + at, signal);
    if (inFlight >= maxInFlight) {
      heldBack++;
      while (inFlight >= maxInFlight) await oneDone();
    }
    if (signal.aborted || failure !== undefined) break;
    sent++;
    void track(item, startedAt + at);
  }
  while (inFlight > 0) await oneDone();
  if (failure !== undefined) throw failure.error;
  return { sent, heldBack, elapsedMs: clock.now() - startedAt };
}
