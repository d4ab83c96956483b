/** Clocks differ by less than this share of the time that passes. */
const CLOCK_SLACK = 0.0001;

/** A version, and a moment before which it was not given, or seen. */
interface Given {
  readonly version: number;
  readonly atMs: number;
}

/**
 * The highest version that this process knows to have been given, in each slot. Each write tells the script, which gives
 * none that is lower: a Redis that came back, or took over, with older data and with a clock that is behind would
 * otherwise give versions again that shadows have seen, and they would refuse the new writes as stale.
 *
 * Other pods may have been given versions since this one saw its last. Those were, as a rule, the old Redis' time; so when
 * the connection is another one, the floor rises by the time that has passed since this pod's last write was sent: Redis'
 * time was not later then than the version which that write was given. This goes for slots that it has not written to as well.
 */
export class VersionFloor {
  readonly #highest = new Map<number, Given>();
  /** This pod's last write, of whichever slot. */
  #last: Given | undefined;
  /** What a slot has at least that nothing is known of. */
  #elsewhere = 0;
  readonly #now: () => number;

  /** `now`: a clock of this process that never goes back, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The highest version of a slot that is known, or taken, to have been given; 0 for none. */
  of(slot: number): number {
    return this.#highest.get(slot)?.version ?? this.#elsewhere;
  }

  /** The moment, to be told to {@link gave}. */
  sends(): number {
    return this.#now();
  }

  /** Notes the version that a write of this pod was given, which was sent at `sentMs`. */
  gave(slot: number, version: number, sentMs: number): void {
    this.#last = { version, atMs: sentMs };
    if (version >= this.of(slot)) this.#highest.set(slot, this.#last);
  }

  /** Notes that a version of a slot was given, by whichever pod, some time ago. */
  saw(slot: number, version: number): void {
    if (version >= this.of(slot)) this.#highest.set(slot, { version, atMs: this.#now() });
  }

  /** The next write may meet another Redis: what others were given meanwhile is taken to be as high as time has become. */
  connectionChanged(): void {
    const now = this.#now();
    const risen = ({ version, atMs }: Given) => version + Math.ceil((now - atMs) * 1000 * (1 + CLOCK_SLACK));
    if (this.#last !== undefined) {
      this.#elsewhere = risen(this.#last);
      this.#last = { version: this.#elsewhere, atMs: now };
    }
    for (const [slot, given] of this.#highest) {
      this.#highest.set(slot, { version: Math.max(risen(given), this.#elsewhere), atMs: now });
    }
  }
}
