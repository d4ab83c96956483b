import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A pod's word that one of its circuit breakers opened. */
export interface BreakerOpened {
  readonly route: 'fast' | 'outbox';
  /** On the run's clock, in milliseconds. */
  readonly at: number;
}

/** Reads from a pod's log when its breakers opened. */
export async function breakersOpened(logFile: string): Promise<BreakerOpened[]> {
  const opened: BreakerOpened[] = [];
  for await (const line of createInterface({ input: createReadStream(logFile) })) {
    if (!line.includes('"circuit breaker"')) continue;
    const { time, route, state } = parse(line);
    if (state !== 'open' || typeof time !== 'number' || (route !== 'fast' && route !== 'outbox')) continue;
    // Pods log by the wall clock, this run goes by one that only rises; both have the same origin.
    opened.push({ route, at: time - performance.timeOrigin });
  }
  return opened;
}

/**
 * When both of a pod's breakers had opened first within a time: from then on its writes wait for MongoDB only as
 * probes. Undefined when one of them did not open.
 */
export function bothOpenAt(
  opened: readonly BreakerOpened[],
  from: number,
  until: number,
): number | undefined {
  const first = (route: BreakerOpened['route']) =>
    opened.find((each) => each.route === route && each.at >= from && each.at <= until)?.at;
  const [fast, outbox] = [first('fast'), first('outbox')];
  return fast === undefined || outbox === undefined ? undefined : Math.max(fast, outbox);
}

/** A line that a kill cut off is no JSON. */
function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
