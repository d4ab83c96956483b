/** Clocks differ by less than this share of the time that passes. */
const CLOCK_SLACK = 0.0001;

/**
 * The highest version that this process knows to have been given, in each slot. Each write tells the script, which gives
 * none that is lower: a Redis that came back, or took over, with older data and with a clock that is behind would
 * otherwise give versions again that shadows have seen, and they would refuse the new writes as stale.
 *
 * Other pods may have been given versions since this one saw its last. Those were, as a rule, the old Redis' time; so when
 * the connection is another one, the floor rises by the time that has passed since.
 */
export class VersionFloor {
  readonly #highest = new Map<number, { version: number; atMs: number }>();
  readonly #now: () => number;

  /** `now`: a clock of this process that never goes back, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The highest version of a slot that is known, or taken, to have been given; 0 for none. */
  of(slot: number): number {
    return this.#highest.get(slot)?.version ?? 0;
  }

  /** Notes that a version of a slot was given, by whichever pod. */
  saw(slot: number, version: number): void {
    if (version >= this.of(slot)) this.#highest.set(slot, { version, atMs: this.#now() });
  }

  /** The next write may meet another Redis: what others were given meanwhile is taken to be as high as time has become. */
  connectionChanged(): void {
    const now = this.#now();
    for (const [slot, { version, atMs }] of this.#highest) {
      const passedMicros = Math.ceil((now - atMs) * 1000 * (1 + CLOCK_SLACK));
      this.#highest.set(slot, { version: version + passedMicros, atMs: now });
    }
  }
}
