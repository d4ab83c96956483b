import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { Logger } from 'pino';
import type { SettingsChange } from '../config/live-settings.js';
import { reasonOf } from '../errors.js';

/** How long the stop of one part may take, in milliseconds: a service that is away must not keep a process from ending. */
const STOP_MS = 6000;

/** Something that lives as long as its process. */
export interface Part {
  /** What the log calls it. */
  readonly name: string;
  /** Resolves when it works; the parts after it wait for that. */
  readonly start?: () => void | Promise<void>;
  /**
   * Finishes what it has in hand and closes what it opened, also where it never started. What it leaves undone, the
   * journal's recovery finds. Called twice when the stop began in the middle of its start.
   */
  readonly stop?: () => unknown;
  /**
   * It only reads: with a server away, what it reads ends when the connections are closed. So its stop begins in its
   * turn, and is waited for last.
   */
  readonly onlyReads?: boolean;
  /** What a change of the settings means to it, where it holds a value of them. */
  readonly settingsChanged?: (change: SettingsChange) => void;
}

/** A part, or parts that can be made only once those before them work. */
export type PartOrMore = Part | (() => readonly Part[]);

/** What a class of parts has to have. */
interface Lives extends Required<Pick<Part, 'start' | 'stop'>>, Pick<Part, 'settingsChanged'> {
  /** The pause that it makes may be another one now: it is told so at each change of the settings. */
  readonly pauseChanged?: () => void;
}

/** Something that starts and stops, as a part. */
export function part(name: string, of: Lives): Part {
  return {
    name,
    start: () => of.start(),
    stop: () => of.stop(),
    settingsChanged(change) {
      of.settingsChanged?.(change);
      of.pauseChanged?.();
    },
  };
}

/** The same of what only reads, again and again, in the background. */
export function background(name: string, of: Lives): Part {
  return { ...part(name, of), onlyReads: true };
}

/**
 * The life of a process' parts, in the order of their list:
 *
 *   start: first to last, each when the one before works ── one fails ─▶ no further, and the stop is near
 *   stop:  last to first, each within some seconds, whatever becomes of it
 *
 * Both happen once, however often they are asked for. The stop is the owner's also after a start that failed: whoever
 * still asks the parts for something, such as a listener, has to end before they do. A stop does not wait for a start under way: it closes what that
 * waits for, and the part whose start ends only then is stopped after it.
 */
export class LifeCycle {
  /** Those made so far. */
  readonly #parts: PartOrMore[];
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #announced = false;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: readonly PartOrMore[], log: Logger) {
    this.#parts = [...parts];
    this.#log = log;
  }

  /** Aborts when the stop begins, or is said to be near. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Resolves when all parts work, or the stop has begun. @throws why one could not be started; a stop has to follow */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Whether a stop was announced, or has begun. */
  get ending(): boolean {
    return this.#announced || this.stopping.aborted;
  }

  /** Says that a stop will follow; until that begins, everything goes on. */
  announceStop(): void {
    this.#announced = true;
  }

  /** Says that a stop is near. */
  beginStop(): void {
    this.#stopping.abort();
  }

  /** Resolves when all parts have ended, or were given up. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Tells the parts of a change of the settings. */
  settingsChanged(change: SettingsChange): void {
    for (const part of this.#made()) part.settingsChanged?.(change);
  }

  async #start(): Promise<void> {
    try {
      await this.#startAll();
    } catch (error) {
      this.beginStop();
      throw error;
    }
  }

  async #startAll(): Promise<void> {
    for (let at = 0; at < this.#parts.length && !this.stopping.aborted; at++) {
      const next = this.#parts[at];
      if (typeof next === 'function') this.#parts.splice(at--, 1, ...next());
      else if (next !== undefined) await this.#startOf(next);
    }
  }

  async #startOf(part: Part): Promise<void> {
    try {
      await part.start?.();
    } catch (error) {
      if (!this.stopping.aborted)
        this.#log.warn({ part: part.name, reason: reasonOf(error) }, `could not be started: ${part.name}`);
      throw error;
    } finally {
      // The stop began meanwhile, when there was nothing to stop yet.
      if (this.#stopped !== undefined) await this.#ended(part, stopOf(part));
    }
  }

  async #stop(): Promise<void> {
    this.beginStop();
    const readers: (readonly [Part, Promise<unknown>])[] = [];
    for (const part of this.#made().reverse()) {
      const ended = stopOf(part);
      if (part.onlyReads) readers.push([part, ended]);
      else await this.#ended(part, ended);
    }
    await Promise.all(readers.map(([part, ended]) => this.#ended(part, ended)));
  }

  /** Waits for the end of a part, but not for ever. */
  async #ended({ name }: Part, ended: Promise<unknown>): Promise<void> {
    try {
      await timeout(STOP_MS, TimeoutStrategy.Aggressive).execute(() => ended);
    } catch (error) {
      const reason = error instanceof TaskCancelledError ? `not done after ${STOP_MS} ms` : reasonOf(error);
      this.#log.warn({ part: name, reason }, `stopping without waiting any longer for: ${name}`);
    }
  }

  #made(): Part[] {
    return this.#parts.filter((part) => typeof part !== 'function');
  }
}

/** Begins the stop of a part; that it fails is for whoever waits for its end, however much later. */
function stopOf(part: Part): Promise<unknown> {
  const ended = (async () => part.stop?.())();
  ended.catch(() => undefined);
  return ended;
}
