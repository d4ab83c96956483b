import { ApiClient, CallFailedError, newRunId, type Random, type RunClock } from '@hybrid-sync/trials';
import { linearizability, type TimedCall } from './linearizable.js';

/** Keys that the clients meet on, at a time. */
const KEYS = 3;
/** Clients of each pod. */
const CLIENTS_PER_POD = 2;
/** Time between two rounds of a client, in milliseconds, and after one that failed. */
const PAUSE_MS = { usual: 150, failed: 500 };

/** How {@link ConditionalClients} work. */
export interface ConditionalClientsOptions {
  /** Where the pods listen. */
  readonly urls: readonly string[];
  /** Longest wait of one call, in milliseconds. */
  readonly timeoutMs: number;
  readonly random: Random;
  readonly clock: RunClock;
}

/** What became of conditional writes. */
export interface RegisterFindings {
  readonly keys: number;
  /** Reads and conditional writes that were answered. */
  readonly answered: number;
  /** Conditional writes whose outcome is not known. */
  readonly unknown: number;
  /** Keys whose history takes too long to be judged. */
  readonly undecided: number;
  /** Keys whose history is that of no register, as sentences. */
  readonly broken: readonly string[];
}

/**
 * Clients of both pods that meet on few keys: each reads one, and sets it on the condition that it still is as it was read.
 * What they were told is kept as one history for each key, which has to be that of a linearizable register.
 *
 *   paused ─ resume(): new keys ─▶ running ─ pause() ─▶ paused ─ take() ─▶ judged
 *
 * Where Redis may lose what it acknowledged, they pause: no register outlives that.
 */
export class ConditionalClients {
  readonly #options: ConditionalClientsOptions;
  readonly #clients: readonly ApiClient[];
  readonly #run = newRunId();
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;
  #histories = new Map<string, TimedCall[]>();
  /** The keys of now; none while paused. */
  #keys: readonly string[] = [];
  #epoch = 0;
  #number = 0;

  constructor(options: ConditionalClientsOptions) {
    const { urls, timeoutMs } = options;
    this.#options = options;
    this.#clients = urls.map((api) => new ApiClient({ api, maxConnections: CLIENTS_PER_POD, timeoutMs }));
    const each = this.#clients.flatMap((client) => Array.from({ length: CLIENTS_PER_POD }, () => client));
    this.#running = Promise.all(each.map((client) => this.#work(client)));
  }

  /** Begins on keys that nobody has used. */
  resume(): void {
    this.#epoch++;
    this.#keys = Array.from({ length: KEYS }, (_, at) => `registers:${this.#run}:${this.#epoch}:${at}`);
  }

  /** Begins nothing more. The outcome of what is under way counts as unknown. */
  pause(): void {
    this.#keys = [];
  }

  /** Judges what was done since the last call. */
  take(): RegisterFindings {
    const histories = [...this.#histories];
    this.#histories = new Map();
    const verdicts = histories.map(([key, history]) => ({ key, verdict: linearizability(history) }));
    const all = histories.flatMap(([, history]) => history);
    const unknown = all.filter((call) => call.kind === 'swap' && call.outcome === 'unknown').length;
    return {
      keys: histories.length,
      answered: all.length - unknown,
      unknown,
      undecided: verdicts.filter(({ verdict }) => verdict === 'undecided').length,
      broken: verdicts
        .filter(({ verdict }) => verdict === 'not linearizable')
        .map(({ key }) => `what clients were told of ${key} is no linearizable history`),
    };
  }

  /** Ends the clients; calls under way fail. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const client of this.#clients) client.close();
    await this.#running;
  }

  async #work(client: ApiClient): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const key = this.#keys[Math.floor(random() * this.#keys.length)];
      let pauseMs = PAUSE_MS.usual;
      if (key !== undefined) {
        await this.#readAndSwap(client, key).catch((error: unknown) => {
          if (!(error instanceof CallFailedError) && !signal.aborted) throw error;
          pauseMs = PAUSE_MS.failed;
        });
      }
      await clock.sleepUntil(clock.now() + pauseMs, signal);
    }
  }

  /** @throws CallFailedError */
  async #readAndSwap(client: ApiClient, key: string): Promise<void> {
    const { clock } = this.#options;
    const readAt = clock.now();
    const answer = await client.get(key);
    if (!this.#keys.includes(key)) return;
    const saw = answer.found ? answer.value : null;
    this.#note(key, { kind: 'read', saw, calledAt: readAt, answeredAt: clock.now() });
    const condition = answer.found ? { ifVersion: answer.version } : { ifAbsent: true as const };
    const value = `${++this.#number}`;
    const calledAt = clock.now();
    // Until it is answered, and when it never is, it may or may not have been made.
    const write = { kind: 'swap', expected: saw, value, calledAt, answeredAt: calledAt } as const;
    const settle = this.#note(key, { ...write, outcome: 'unknown' });
    try {
      const held = await client.setIf(key, value, condition);
      if (!this.#keys.includes(key)) return;
      settle({ ...write, outcome: held ? 'done' : 'refused', answeredAt: clock.now() });
    } catch (error) {
      if (error instanceof CallFailedError && !error.mayHaveTakenEffect) settle(undefined);
      throw error;
    }
  }

  /** @returns what replaces it in the history, or takes it out */
  #note(key: string, operation: TimedCall): (by: TimedCall | undefined) => void {
    const history = this.#histories.get(key) ?? [];
    this.#histories.set(key, history);
    history.push(operation);
    return (by) => {
      const at = history.indexOf(operation);
      history.splice(at, 1, ...(by === undefined ? [] : [by]));
    };
  }
}
