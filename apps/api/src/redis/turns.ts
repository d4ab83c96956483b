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

/** The turn of one command: its places in the runs of its keys, that of all keys first. */
class Place implements Turn {
  readonly begin: Promise<unknown> | undefined;
  readonly #leave: (at: number) => void;
  #left: number;

  constructor(begin: Promise<unknown> | undefined, places: number, leave: (at: number) => void) {
    this.begin = begin;
    this.#leave = leave;
    this.#left = places;
  }

  made(): void {
    this.#leaveTo(1);
  }

  end(): void {
    this.#leaveTo(0);
  }

  #leaveTo(end: number): void {
    while (this.#left > end) this.#leave(--this.#left);
  }
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
    const [first = ''] = keys;
    const names = keys.length === 1 ? [ALL_KEYS, first] : [ALL_KEYS, ...new Set(keys)];
    // Whoever is after one key goes beside all others, and none of them beside what is about all keys.
    return this.#turn(names, 'reads', kind);
  }

  /** Takes the turn of a command that is about all keys. */
  takeAll(): Turn {
    return this.#turn([ALL_KEYS], 'alone', 'alone');
  }

  /** `names`: that of all keys first. */
  #turn(names: readonly (string | symbol)[], kindOfAll: TurnKind, kind: TurnKind): Turn {
    const runs: Run[] = [];
    const waits: Promise<unknown>[] = [];
    for (const name of names) {
      const run = this.#join(name, name === ALL_KEYS ? kindOfAll : kind);
      if (run.before !== undefined) waits.push(run.before);
      runs.push(run);
    }
    const begin = waits.length > 1 ? Promise.all(waits) : waits[0];
    // Whoever joins overtakes nobody on a key; what is about all keys holds up none that don't ask for them.
    for (let at = 1; at < runs.length; at++) (runs[at] as Run).before = begin;
    return new Place(begin, runs.length, (at) => this.#leave(names[at] ?? ALL_KEYS, runs[at]));
  }

  #leave(name: string | symbol, run: Run | undefined): void {
    if (run?.leave() && this.#runs.get(name) === run) this.#runs.delete(name);
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
