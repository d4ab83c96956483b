/** What has something to do, and does it a little at a time. */
export interface Member {
  /** Does a little. Returns whether there is more that can be done at once. Never throws. */
  work(): boolean;
}

/** What a queue tells the time by, and how it goes on. */
export interface QueueClock {
  /** Time in milliseconds, from any moment on. */
  readonly now: () => number;
  /** Calls back in the next turn of the event loop that has room for it. */
  readonly later: (work: () => void) => void;
}

/**
 * All members share one budget of each turn of the event loop: each does a little and, unless that was all, goes to the end.
 *
 *   [a, b, c] ─ a works, and has more ─▶ [b, c, a] ─ b works, and was all ─▶ [c, a] ─ the budget is spent ─▶ the next turn
 *
 * So nobody waits for more than a little of each of the others, and what else the process does comes between the turns,
 * however many members there are.
 */
export class FairQueue {
  /** In the order in which they work. */
  readonly #members = new Set<Member>();
  readonly #budgetMs: number;
  readonly #clock: QueueClock;
  #isDue = false;

  /** `budgetMs`: how long all of them work in one turn of the event loop, in milliseconds. */
  constructor(
    budgetMs: number,
    clock: QueueClock = { now: () => performance.now(), later: (work) => setImmediate(work) },
  ) {
    this.#budgetMs = budgetMs;
    this.#clock = clock;
  }

  /** Whether a member waits to work. */
  has(member: Member): boolean {
    return this.#members.has(member);
  }

  /** Has a member work when those before it have; one that waits already keeps its place. */
  add(member: Member): void {
    this.#members.add(member);
    if (!this.#isDue) this.#goOn();
  }

  #goOn(): void {
    this.#isDue = this.#members.size > 0;
    if (this.#isDue) this.#clock.later(() => this.#turn());
  }

  #turn(): void {
    const until = this.#clock.now() + this.#budgetMs;
    // A member that is put to the end comes again in the same loop.
    for (const member of this.#members) {
      this.#members.delete(member);
      if (member.work()) this.#members.add(member);
      if (this.#clock.now() >= until) break;
    }
    this.#goOn();
  }
}
