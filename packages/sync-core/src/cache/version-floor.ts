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
 * time was not later then than the version which that write was given. This goes for slots that it has not written to as
 * well; for them it is the write whose version was nearest to the time, since some slots may be ahead of it.
 */
export class VersionFloor {
  readonly #highest = new Map<number, Given>();
  /** Of this pod's writes on this connection the one that says most of the time. */
  #nearest: Given | undefined;
  /** What a slot has at least that nothing is known of, since the last connection began. */
  #elsewhere: Given = { version: 0, atMs: 0 };
  readonly #now: () => number;

  /** `now`: a clock of this process that never goes back, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The highest version of a slot that is known, or taken, to have been given; 0 for none. */
  of(slot: number): number {
    return this.#highest.get(slot)?.version ?? this.#elsewhere.version;
  }

  /** The moment, to be told to {@link gave}. */
  sends(): number {
    return this.#now();
  }

  /** Notes the version that a write of this pod was given, which was sent at `sentMs`. */
  gave(slot: number, version: number, sentMs: number): void {
    const given = { version, atMs: sentMs };
    const nearest = this.#nearest;
    if (nearest === undefined || version <= risen(nearest, sentMs)) this.#nearest = given;
    if (version >= this.of(slot)) this.#highest.set(slot, given);
  }

  /** Notes that a version of a slot was given, by whichever pod, some time ago. */
  saw(slot: number, version: number): void {
    if (version >= this.of(slot)) this.#highest.set(slot, { version, atMs: this.#now() });
  }

  /** The next write may meet another Redis: what others were given meanwhile is taken to be as high as time has become. */
  connectionChanged(): void {
    const now = this.#now();
    const last = this.#nearest ?? this.#elsewhere;
    if (last.version > 0) this.#elsewhere = { version: risen(last, now), atMs: now };
    // What the next Redis gives tells of its own clock.
    this.#nearest = undefined;
    for (const [slot, given] of this.#highest) {
      const version = Math.max(risen(given, now), this.#elsewhere.version);
      this.#highest.set(slot, { version, atMs: now });
    }
  }
}

/** What a version has risen to by a later moment. */
function risen({ version, atMs }: Given, nowMs: number): number {
  return version + Math.ceil((nowMs - atMs) * 1000 * (1 + CLOCK_SLACK));
}
