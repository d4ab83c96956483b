/** Tells the time, in milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** Clocks that are no further apart count as one, in milliseconds: a heartbeat may have been on its way for so long. */
const SAME_CLOCK_MS = 1000;

/**
 * MongoDB's time. What is written into a document by one process and judged by another, or by a TTL index, is of this
 * clock, since that of a machine may be minutes off: where the process's own differs, what MongoDB said in its last
 * heartbeat counts (there is one every ten seconds), and what has passed since on a clock that nobody sets.
 */
export class StoreClock implements Clock {
  #heard: { readonly time: number; readonly at: number } | undefined;

  now(): number {
    const own = Date.now();
    if (this.#heard === undefined) return own;
    const stores = Math.round(this.#heard.time + performance.now() - this.#heard.at);
    return Math.abs(stores - own) < SAME_CLOCK_MS ? own : stores;
  }

  /** Takes the time out of a server's answer to a heartbeat. Only that of a server which takes writes counts. */
  heard(hello: Readonly<Record<string, unknown>>): void {
    const { localTime, isWritablePrimary, ismaster } = hello;
    if (!(isWritablePrimary || ismaster) || !(localTime instanceof Date)) return;
    const time = localTime.getTime();
    if (!Number.isNaN(time)) this.#heard = { time, at: performance.now() };
  }
}
