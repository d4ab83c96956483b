/** Lower bound of the first bucket, in milliseconds; what is quicker counts as this. */
const FIRST_MS = 0.05;
/** Buckets per doubling: bounds are 9 % apart, so that a quantile is at most 4.5 % off. */
const PER_DOUBLING = 8;
/** Doublings from 0.05 ms to 52 s; what takes longer counts as this. */
const DOUBLINGS = 20;

/** Latencies counted in buckets whose bounds grow evenly, so that quantiles cost little room whatever they are. */
export class LatencyCounts {
  readonly #counts = new Uint32Array(DOUBLINGS * PER_DOUBLING + 1);
  #total = 0;

  /** Counts one latency, in milliseconds. */
  add(ms: number): void {
    const bucket = ms <= FIRST_MS ? 0 : Math.floor(Math.log2(ms / FIRST_MS) * PER_DOUBLING);
    const last = this.#counts.length - 1;
    const at = Math.min(bucket, last);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total++;
  }

  /** The latency that this share of all (0 to 1) does not exceed, in milliseconds; undefined of none. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    let left = Math.ceil(share * this.#total);
    const bucket = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    // The middle of the bucket, on the scale on which they are evenly wide.
    return FIRST_MS * 2 ** ((bucket + 0.5) / PER_DOUBLING);
  }

  /** Forgets all. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
