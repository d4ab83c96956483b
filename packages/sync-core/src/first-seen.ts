/** Remembers since when each of some places has shown what it shows now. */
export class FirstSeen {
  #seen = new Map<number, { readonly what: string; readonly at: number }>();

  /**
   * Takes in what all places show at the time `now`, in milliseconds; a place that is left out is forgotten.
   * @returns since when each has shown that
   */
  after(shown: Iterable<readonly [place: number, what: string]>, now: number): Map<number, number> {
    const seen = new Map<number, { what: string; at: number }>();
    for (const [place, what] of shown) {
      const before = this.#seen.get(place);
      seen.set(place, before?.what === what ? before : { what, at: now });
    }
    this.#seen = seen;
    return new Map([...seen].map(([place, { at }]) => [place, at]));
  }
}
