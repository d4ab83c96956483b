/**
 * Which slots' journals have to be looked at for something overdue. What was seen of one tells until when that can't be: its
 * oldest entry, and any that came after the look, has to grow as old first.
 */
export class OverdueLooks {
  /** Since when the oldest entry of each slot can have been there, on the process's own clock. */
  readonly #since = new Map<number, number>();

  /**
   * The slots that may have an entry as old as this, in milliseconds; where there is none, the one that is the next to, so
   * that each look asks for something.
   */
  due(slots: readonly number[], olderThanMs: number): number[] {
    const now = performance.now();
    const since = (slot: number) => this.#since.get(slot) ?? Number.NEGATIVE_INFINITY;
    const due = slots.filter((slot) => now - since(slot) >= olderThanMs);
    if (due.length > 0) return due;
    return slots.reduce<number[]>(
      ([first], slot) => [first === undefined || since(slot) < since(first) ? slot : first],
      [],
    );
  }

  /** `askedAt`: a moment before the look. `ageMs`: of the oldest entry; 0 where there is none, undefined where nothing tells. */
  saw(slot: number, askedAt: number, ageMs: number | undefined): void {
    this.#since.set(slot, ageMs === undefined ? Number.NEGATIVE_INFINITY : askedAt - Math.max(0, ageMs));
  }
}
