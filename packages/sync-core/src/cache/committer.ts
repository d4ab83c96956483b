/** Mutations in one call at most, of one slot or several: Redis serves no one else while it runs. */
const MOST_MUTATIONS = 64;
/** Bytes of values in one call at most; a single larger one goes alone. */
const MOST_BYTES = 64 * 1024;

/** What a {@link Committer} has to know of a mutation. */
export interface Committed {
  readonly slot: number;
  /** Bytes of its value; Infinity where they are not known, so that it goes alone. Asked for when it leaves. */
  readonly bytes: number;
}

/**
 * Makes calls at once. In each the mutations of a slot are side by side, and in their order. Each mutation has its own
 * reply, or error.
 * @returns for each call what came of it
 */
export type SendCalls<M, Reply> = (calls: readonly (readonly M[])[]) => Promise<readonly (Reply | Error)[]>[];

/** A mutation was not answered within its time; whether it took effect is not known. */
export class CommitTimeoutError extends Error {
  override readonly name = 'CommitTimeoutError';
  constructor() {
    super('the mutation was not answered in time');
  }
}

interface Waiting<M, Reply> {
  readonly mutation: M;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Group commit. One round trip is under way at a time, with calls of one slot each or of several; what arrives meanwhile
 * goes with the next one:
 *
 *   offered ─▶ waiting ─▶ in a call under way ─▶ answered, with its own reply or error, or that of the whole call
 *      │          └─ its time is up: it is withdrawn, and never sent
 *      └─ nothing under way: it leaves in the same turn of the event loop, with what else arrives in it; behind a round trip
 *         of several one turn later, since their writers, answered together, send the next ones one by one
 *
 * Mutations of a slot keep their order. Nothing bounds how many wait: each has a caller that waits, and those are bounded
 * where they come in.
 */
export class Committer<M extends Committed, Reply> {
  readonly #send: SendCalls<M, Reply>;
  readonly #deadlineMs: () => number;
  readonly #together: () => boolean;
  readonly #soon: (leave: () => void) => unknown;
  readonly #waiting = new Set<Waiting<M, Reply>>();
  /** Whether calls are under way, or about to leave. */
  #busy = false;
  /** How many mutations left with the last of them. */
  #last = 0;

  /**
   * `deadlineMs`: how long a mutation may take, waiting included; `together`: whether a call may be of several slots; `soon`:
   * calls back in this turn of the event loop, once what arrives in it is there.
   */
  constructor(
    send: SendCalls<M, Reply>,
    deadlineMs: () => number,
    together: () => boolean,
    soon: (leave: () => void) => unknown = setImmediate,
  ) {
    this.#send = send;
    this.#deadlineMs = deadlineMs;
    this.#together = together;
    this.#soon = soon;
  }

  /** Applies a mutation. @throws CommitTimeoutError, the mutation's own error, or that of its whole call */
  commit(mutation: M): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new CommitTimeoutError());
      }, this.#deadlineMs());
      const waiting = { mutation, resolve, reject, timer };
      this.#waiting.add(waiting);
      this.#leave();
    });
  }

  #leave(): void {
    if (this.#busy || this.#waiting.size === 0) return;
    this.#busy = true;
    const leave = () => this.#soon(() => void this.#round());
    if (this.#last > 1) setImmediate(leave);
    else leave();
  }

  async #round(): Promise<void> {
    const calls = this.#take();
    this.#last = calls.reduce((sum, call) => sum + call.length, 0);
    try {
      const sent = this.#send(calls.map((call) => call.map(({ mutation }) => mutation)));
      // All are told at once, so that they go on together: what comes next takes them in one batch.
      const outcomes = await Promise.allSettled(sent);
      for (const [index, call] of calls.entries()) settle(call, outcomes[index]);
    } catch (error) {
      for (const call of calls) fail(call, error);
    }
    this.#busy = false;
    this.#leave();
  }

  /** Takes what goes with the next calls: of each slot the oldest, as many as fit. */
  #take(): Waiting<M, Reply>[][] {
    const groups = new Map<number, Group<M, Reply>>();
    for (const waiting of this.#waiting) {
      const { slot, bytes } = waiting.mutation;
      let group = groups.get(slot);
      if (group === undefined) {
        group = { taken: [], bytes: 0, full: false };
        groups.set(slot, group);
      }
      group.full ||= group.taken.length > 0 && !fits(group, 1, bytes);
      if (group.full) continue;
      group.taken.push(waiting);
      group.bytes += bytes;
      this.#waiting.delete(waiting);
    }
    return this.#calls(groups.values()).map(({ taken }) => taken);
  }

  /** Groups of different slots share a call as far as they fit into one. */
  #calls(groups: Iterable<Group<M, Reply>>): Group<M, Reply>[] {
    const together = this.#together();
    const calls: Group<M, Reply>[] = [];
    for (const group of groups) {
      const last = calls.at(-1);
      if (together && last !== undefined && fits(last, group.taken.length, group.bytes)) {
        last.taken.push(...group.taken);
        last.bytes += group.bytes;
      } else calls.push(group);
    }
    return calls;
  }
}

interface Group<M, Reply> {
  readonly taken: Waiting<M, Reply>[];
  bytes: number;
  full: boolean;
}

function fits<M, Reply>({ taken, bytes }: Group<M, Reply>, mutations: number, more: number): boolean {
  return taken.length + mutations <= MOST_MUTATIONS && bytes + more <= MOST_BYTES;
}

function settle<M, Reply>(
  group: readonly Waiting<M, Reply>[],
  outcome: PromiseSettledResult<readonly (Reply | Error)[]> | undefined,
): void {
  if (outcome?.status === 'rejected') {
    fail(group, outcome.reason);
    return;
  }
  group.forEach(({ timer, resolve, reject }, index) => {
    const reply = outcome?.value[index] ?? new TypeError('a call answered fewer mutations than it was given');
    clearTimeout(timer);
    if (reply instanceof Error) reject(reply);
    else resolve(reply);
  });
}

function fail<M, Reply>(group: readonly Waiting<M, Reply>[], error: unknown): void {
  for (const { timer, reject } of group) {
    clearTimeout(timer);
    reject(error);
  }
}
