import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { Journal } from './journal.js';

type Entry = Pick<Mutation, 'slot' | 'version'>;

/** Entries that may wait for Redis; more are left to the projector, for which they are then simply overdue. */
const MAX_WAITING = 50_000;
/** Entries removed in one round trip. */
const MAX_BATCH = 1000;
/** Time between two round trips, unless a whole batch waits, in milliseconds: each costs a command for every slot. */
const PAUSE_MS = 50;

/**
 * Removes journal entries in batches, off the client's path: one round trip at a time, with a pause behind it, and what
 * arrives meanwhile goes with the next one. An entry that can't be removed is only applied once more by the projector, which changes nothing.
 */
export class JournalAcker {
  readonly #journal: Pick<Journal, 'remove'>;
  readonly #log: Logger;
  readonly #pauseMs: number;
  readonly #stopping = new AbortController();
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;

  constructor(journal: Pick<Journal, 'remove'>, log: Logger, pauseMs = PAUSE_MS) {
    this.#journal = journal;
    this.#log = log;
    this.#pauseMs = pauseMs;
  }

  /** Notes that these mutations are durable in MongoDB; returns at once. */
  acknowledge(mutations: Iterable<Entry>): void {
    for (const { slot, version } of mutations) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ slot, version });
    }
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more; from now on there are no pauses. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      try {
        await this.#journal.remove(batch);
      } catch (error) {
        this.#log.warn(
          { reason: reasonOf(error), entries: batch.length },
          'journal entries stay until the projector removes them',
        );
      }
      if (this.#waiting.length < MAX_BATCH) await this.#pause();
    }
    this.#running = undefined;
  }

  async #pause(): Promise<void> {
    if (this.#pauseMs === 0) return;
    await setTimeout(this.#pauseMs, undefined, { signal: this.#stopping.signal, ref: false }).catch(
      () => undefined,
    );
  }
}
