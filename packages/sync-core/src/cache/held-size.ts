/** What is left of the largest size with each smaller one that follows it. */
const KEPT_SHARE = 0.9;

/**
 * How large a value may be that is there already, judged by those that were found lately: near the largest of them, which
 * counts for less and less. Before the first one, of any size.
 */
export class HeldSize {
  #bytes = Number.POSITIVE_INFINITY;

  /** In bytes; Infinity before the first one. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A value of so many bytes was found. */
  found(bytes: number): void {
    const before = Number.isFinite(this.#bytes) ? this.#bytes * KEPT_SHARE : 0;
    this.#bytes = Math.max(bytes, before);
  }
}
