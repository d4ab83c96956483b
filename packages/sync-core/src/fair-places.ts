/**
 * A bounded number of places, shared fairly: a caller that has more of them than are left free gets no further one. One
 * alone can have about half; what it leaves is enough for others, whose shares get smaller the more of them there are.
 */
export class FairPlaces {
  readonly #max: number;
  readonly #of = new Map<string, number>();
  #taken = 0;

  /** `max`: places of all callers together. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Places that are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /** Places that a caller has now. */
  takenBy(caller: string): number {
    return this.#of.get(caller) ?? 0;
  }

  /**
   * Takes a place. `caller`: whose share it is of; undefined for what is bounded together only.
   * @returns what gives it back, to be called once; undefined where there is no place for this caller
   */
  take(caller?: string): (() => void) | undefined {
    const free = this.#max - this.#taken;
    if (free <= 0 || (caller !== undefined && this.takenBy(caller) > free)) return undefined;
    this.#add(caller, 1);
    return () => this.#add(caller, -1);
  }

  #add(caller: string | undefined, by: 1 | -1): void {
    this.#taken += by;
    if (caller === undefined) return;
    const has = this.takenBy(caller) + by;
    if (has === 0) this.#of.delete(caller);
    else this.#of.set(caller, has);
  }
}
