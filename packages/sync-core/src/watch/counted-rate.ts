/** The rate of something that is counted, from one look to the next. */
export class CountedRate {
  readonly #count: () => number;
  #before: { readonly at: number; readonly count: number };

  /** `now`: in milliseconds, of a clock that never goes back. */
  constructor(count: () => number, now: number = performance.now()) {
    this.#count = count;
    this.#before = { at: now, count: count() };
  }

  /** How much was counted per second since the last look, to tenths. */
  perSec(now: number = performance.now()): number {
    const count = this.#count();
    const seconds = Math.max(now - this.#before.at, 1) / 1000;
    const rate = (count - this.#before.count) / seconds;
    this.#before = { at: now, count };
    return Math.round(rate * 10) / 10;
  }
}
