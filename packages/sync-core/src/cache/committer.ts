/** Mutations in one call at most, of one slot or several: Redis serves no one else while it runs. */
const MOST_MUTATIONS = 64;
/** Bytes of values in one call at most; a single larger one goes alone. */
const MOST_BYTES = 64 * 1024;

/** What a {@link Committer} has to know of a mutation. */
export interface Committed {
  readonly slot: number;
  /** What it changes; no other mutation of these is made out of its order. */
  readonly keys: readonly string[];
  /** Bytes of its value; Infinity where they are not known, so that it goes alone. Asked for when it leaves. */
  readonly bytes: number;
  /** Whether this one alone may be sent for both; `older`: the one before it of its only key, which waited as well. */
  canStandFor(older: this): boolean;
  /** It is sent for both, and both are told what it is answered. */
  standFor(older: this): void;
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

/** Mutations that were asked for together, and what each was answered. */
interface Order<Reply> {
  readonly replies: (Reply | Error)[];
  /** How many of them have no answer yet. */
  open: number;
  /** All of them are told, whether answered or not. */
  over: boolean;
  readonly resolve: (replies: readonly (Reply | Error)[]) => void;
  timer: NodeJS.Timeout | undefined;
}

interface Waiting<M, Reply> {
  readonly mutation: M;
  readonly order: Order<Reply>;
  /** Its place in the order. */
  readonly place: number;
  /** The one before it of its key, which it is sent for as well. */
  older: Waiting<M, Reply> | undefined;
}

/**
 * Group commit. One round trip is under way at a time, with calls of one slot each or of several; what arrives meanwhile
 * goes with the next one:
 *
 *   offered ─▶ waiting ─▶ in a call under way ─▶ answered, with its own reply or error, or that of the whole call
 *      │          ├─ a newer one of its key waits that may be sent for both: it has that one's reply
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
  #waiting: Waiting<M, Reply>[] = [];
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

  /**
   * Applies mutations, those of a slot in their order.
   * @returns for each its reply, or its own error, that of its whole call, or CommitTimeoutError; never rejects
   */
  commit(mutations: readonly M[]): Promise<readonly (Reply | Error)[]> {
    return new Promise((resolve) => {
      const order: Order<Reply> = {
        replies: new Array(mutations.length),
        open: mutations.length,
        over: false,
        resolve,
        timer: undefined,
      };
      order.timer = setTimeout(() => end(order), this.#deadlineMs());
      for (let place = 0; place < mutations.length; place++) {
        this.#waiting.push({ mutation: mutations[place] as M, order, place, older: undefined });
      }
      this.#leave();
    });
  }

  #leave(): void {
    if (this.#busy || this.#waiting.length === 0) return;
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
      for (const call of calls) settle(call, { status: 'rejected', reason: error });
    }
    this.#busy = false;
    this.#leave();
  }

  /** Takes what goes with the next calls: of each slot the oldest, as many as fit. */
  #take(): Waiting<M, Reply>[][] {
    const groups = new Map<number, Group<M, Reply>>();
    const left: Waiting<M, Reply>[] = [];
    for (const waiting of this.#waiting) {
      if (waiting.order.over) continue;
      const { slot } = waiting.mutation;
      let group = groups.get(slot);
      if (group === undefined) {
        group = { taken: [], bytes: 0, full: false, lastOf: new Map() };
        groups.set(slot, group);
      }
      if (!takes(group, waiting)) left.push(waiting);
    }
    this.#waiting = left;
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
  /** Where in `taken` the last one of a key is. */
  readonly lastOf: Map<string, number>;
}

function fits<M, Reply>({ taken, bytes }: Group<M, Reply>, mutations: number, more: number): boolean {
  return taken.length + mutations <= MOST_MUTATIONS && bytes + more <= MOST_BYTES;
}

/** Whether a group takes one more, or has it stand for the one before it of its key. */
function takes<M extends Committed, Reply>(group: Group<M, Reply>, waiting: Waiting<M, Reply>): boolean {
  if (group.full) return false;
  const { mutation } = waiting;
  const { taken, lastOf } = group;
  const { keys, bytes } = mutation;
  const place = lastOf.get(keys[0] ?? '') ?? -1;
  const older = taken[place];
  if (older !== undefined && mutation.canStandFor(older.mutation)) {
    const more = bytes - older.mutation.bytes;
    if (more <= 0 || fits(group, 0, more)) {
      mutation.standFor(older.mutation);
      waiting.older = older;
      taken[place] = waiting;
      group.bytes += more;
      return true;
    }
  }
  group.full = taken.length > 0 && !fits(group, 1, bytes);
  if (group.full) return false;
  for (const key of keys) lastOf.set(key, taken.length);
  taken.push(waiting);
  group.bytes += bytes;
  return true;
}

function settle<M, Reply>(
  call: readonly Waiting<M, Reply>[],
  outcome: PromiseSettledResult<readonly (Reply | Error)[]> | undefined,
): void {
  for (const [index, waiting] of call.entries()) {
    const reply = replyIn(outcome, index);
    for (let told: typeof waiting | undefined = waiting; told !== undefined; told = told.older) {
      const { order, place } = told;
      if (order.over) continue;
      order.replies[place] = reply;
      if (--order.open === 0) end(order);
    }
  }
}

function replyIn<Reply>(
  outcome: PromiseSettledResult<readonly (Reply | Error)[]> | undefined,
  index: number,
): Reply | Error {
  if (outcome?.status === 'rejected') return outcome.reason;
  return outcome?.value[index] ?? new TypeError('a call answered fewer mutations than it was given');
}

/** Tells of all mutations of an order; those without an answer have timed out. */
function end<Reply>(order: Order<Reply>): void {
  clearTimeout(order.timer);
  order.over = true;
  const { replies } = order;
  for (let place = 0; place < replies.length; place++) replies[place] ??= new CommitTimeoutError();
  order.resolve(replies);
}
