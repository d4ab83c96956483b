/** For how long a process may say that it is ready while what it is for fails, in milliseconds. */
export const MAX_GREEN_MS = 10_000;
/** What was tried last longer ago than this says nothing of now, in milliseconds. */
const TRIED_WITHIN_MS = 3000;

/** A time in which a process said that it is ready while what it is for failed, on the watch's clock, in milliseconds. */
export interface GreenTime {
  readonly from: number;
  readonly greenMs: number;
  /** Which of the things that it is for. */
  readonly thing: number | undefined;
}

/**
 * How long a process says that it is ready while a thing that it is for goes on failing: since the first failure after the
 * last success, and since it last said anything else. Times are on any one clock, in milliseconds.
 */
export class GreenWatch {
  /** Of each thing, when it was tried last, and since when it has been failing. */
  readonly #things = new Map<number | undefined, { triedAt: number; failingSince: number | undefined }>();
  #readySince: number | undefined;
  #longest: GreenTime | undefined;

  /** Something that it is for was tried, and succeeded or failed. `thing`: its number, where there are several. */
  tried(succeeded: boolean, at: number, thing?: number): void {
    const failingSince = succeeded ? undefined : (this.#things.get(thing)?.failingSince ?? at);
    this.#things.set(thing, { triedAt: at, failingSince });
  }

  /** What its probe says now; no answer is no word of being ready. */
  sampled(ready: boolean, at: number): void {
    this.#readySince = ready ? (this.#readySince ?? at) : undefined;
    if (this.#readySince === undefined) return;
    for (const [thing, { triedAt, failingSince }] of this.#things) {
      if (failingSince === undefined || at - triedAt > TRIED_WITHIN_MS) continue;
      const from = Math.max(failingSince, this.#readySince);
      if (at - from > (this.#longest?.greenMs ?? 0)) this.#longest = { from, greenMs: at - from, thing };
    }
  }

  /** The longest such time since the last call; undefined where there was none. */
  take(): GreenTime | undefined {
    const longest = this.#longest;
    this.#longest = undefined;
    return longest;
  }
}
