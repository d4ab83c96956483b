/**
 * What a command does with what it names: several that read go together, and so do several that write, which the cache
 * makes in the order they were given in. What does several things of its own accord goes alone.
 */
export type TurnKind = 'reads' | 'writes' | 'alone';

/** Commands of one kind that go together. */
class Run {
  readonly kind: TurnKind;
  /** What who joins waits for: those before the run, and that its last member begins; undefined for nothing. */
  before: Promise<unknown> | undefined;
  #members = 0;
  #over: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(kind: TurnKind, before: Promise<unknown> | undefined) {
    this.kind = kind;
    this.before = before;
  }

  /** Resolves when its members are through; made when somebody waits for that. */
  over(): Promise<void> {
    if (this.#over === undefined) {
      let resolve = () => {};
      const promise = new Promise<void>((through) => {
        resolve = through;
      });
      this.#over = { promise, resolve };
    }
    return this.#over.promise;
  }

  join(): void {
    this.#members++;
  }

  /** Returns whether it is over. */
  leave(): boolean {
    if (--this.#members > 0) return false;
    this.#over?.resolve();
    return true;
  }
}

/** A command's place among those before it. */
export interface Turn {
  /** Resolves when it may begin; undefined where it may at once. */
  readonly begin: Promise<unknown> | undefined;
  /** What the command does with its keys has been done, its answer is still to come: those on its keys need not wait. */
  made(): void;
  /** To be called once, when the command is through. */
  end(): void;
}

/** Stands for all keys at once. */
const ALL_KEYS = Symbol('all keys');

/**
 * The order of a connection's commands: of those on one key each sees what the ones before it have done, as if they came
 * one by one, while those on other keys don't wait for it:
 *
 *   GET a, GET a, SET a, SET a, GET a, SET b   ─▶   [GET a, GET a, SET b] ─▶ [SET a, SET a] ─▶ [GET a]
 */
export class Turns {
  readonly #runs = new Map<string | symbol, Run>();

  /** Takes the turn of a command that does this with these keys; in the order in which the commands came. */
  take(keys: readonly string[], kind: TurnKind): Turn {
    const one = keys.length === 1 ? keys : [...new Set(keys)];
    // Whoever is after one key goes beside all others, and none of them beside what is about all keys.
    return this.#turn([ALL_KEYS, ...one], ['reads', ...one.map(() => kind)]);
  }

  /** Takes the turn of a command that is about all keys. */
  takeAll(): Turn {
    return this.#turn([ALL_KEYS], ['alone']);
  }

  #turn(names: readonly (string | symbol)[], kinds: readonly TurnKind[]): Turn {
    const runs = names.map((name, index) => this.#join(name, kinds[index] ?? 'alone'));
    const waits = runs.flatMap(({ before }) => (before === undefined ? [] : [before]));
    const begin = waits.length > 1 ? Promise.all(waits) : waits[0];
    // Whoever joins overtakes nobody on a key; what is about all keys holds up none that don't ask for them.
    for (const [index, run] of runs.entries()) if (names[index] !== ALL_KEYS) run.before = begin;
    let left = runs.length;
    /** The first is that of all keys. */
    const leaveTo = (end: number) => {
      while (left > end) {
        left--;
        const [name, run] = [names[left] ?? ALL_KEYS, runs[left]];
        if (run?.leave() && this.#runs.get(name) === run) this.#runs.delete(name);
      }
    };
    return { begin, made: () => leaveTo(1), end: () => leaveTo(0) };
  }

  #join(name: string | symbol, kind: TurnKind): Run {
    const present = this.#runs.get(name);
    const together = present !== undefined && present.kind === kind && kind !== 'alone';
    const run = together ? present : new Run(kind, present?.over());
    run.join();
    if (!together) this.#runs.set(name, run);
    return run;
  }
}
