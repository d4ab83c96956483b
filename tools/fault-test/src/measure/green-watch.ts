/** For how long a process may say that it is ready while what it is for fails, in milliseconds. */
export const MAX_GREEN_MS = 10_000;
/** What was tried last longer ago than this says nothing of now, in milliseconds. */
const TRIED_WITHIN_MS = 3000;

/** A time in which a process said that it is ready while what it is for failed, on the watch's clock, in milliseconds. */
export interface GreenTime {
  readonly from: number;
  readonly greenMs: number;
}

/**
 * How long a process says that it is ready while what it is for goes on failing: since the first failure after the last
 * success, and since it last said anything else. Times are on any one clock, in milliseconds.
 */
export class GreenWatch {
  #failingSince: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #readySince: number | undefined;
  #longest: GreenTime | undefined;

  /** Something that it is for was tried, and succeeded or failed. */
  tried(succeeded: boolean, at: number): void {
    this.#triedAt = at;
    if (succeeded) this.#failingSince = undefined;
    else this.#failingSince ??= at;
  }

  /** What its probe says now; no answer is no word of being ready. */
  sampled(ready: boolean, at: number): void {
    if (ready) this.#readySince ??= at;
    else this.#readySince = undefined;
    const [failingSince, readySince] = [this.#failingSince, this.#readySince];
    if (failingSince === undefined || readySince === undefined) return;
    if (at - this.#triedAt > TRIED_WITHIN_MS) return;
    const from = Math.max(failingSince, readySince);
    if (at - from > (this.#longest?.greenMs ?? 0)) this.#longest = { from, greenMs: at - from };
  }

  /** The longest such time since the last call; undefined where there was none. */
  take(): GreenTime | undefined {
    const longest = this.#longest;
    this.#longest = undefined;
    return longest;
  }
}
