/**
 * The highest version that this process knows to have been given, in each slot. Each write tells the script, which gives
 * none that is lower: a Redis that came back, or took over, with older data and with a clock that is behind would
 * otherwise give versions again that shadows have seen, and they would refuse the new writes as stale.
 */
export class VersionFloor {
  readonly #highest = new Map<number, number>();

  /** The highest version of a slot that is known to have been given; 0 for none. */
  of(slot: number): number {
    return this.#highest.get(slot) ?? 0;
  }

  /** Notes that a version of a slot was given, by whichever pod. */
  saw(slot: number, version: number): void {
    if (version > this.of(slot)) this.#highest.set(slot, version);
  }
}
