/**
 * Aborts with the first signal that asks this process to end, by the signal's name. `again`: told of each that comes after
 * it.
 */
export function untilSignal(again: () => void = () => undefined): AbortSignal {
  // The terminal may close before the stop is done; what can't be told any more must not end it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) again();
      interrupted.abort(signal);
    });
  }
  return interrupted.signal;
}
