import type { Logger } from 'pino';
import type { z } from 'zod';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** Who lives, as far as its heartbeat tells, and what it says of itself. */
export type Living<Word> = Word & {
  /** Host, process and a random part. */
  readonly id: string;
  /** How long before the last look it spoke, in milliseconds. */
  readonly ageMs: number;
};

/** How often a heart beats. */
export interface HeartbeatPace {
  /** Time between two beats, in milliseconds. */
  readonly intervalMs: number;
  /** A pod that has not spoken for so many milliseconds is dead. */
  readonly forgetAfterMs: number;
}

/** What a {@link Heartbeat} works with. */
export interface HeartbeatParts<Word extends object> {
  /** This pod's id. */
  readonly id: string;
  /** What this pod says now. */
  readonly word: () => Word;
  /** What the others say has to be like; what is not is left out. */
  readonly schema: z.ZodType<Word>;
  /** Where the pods tell each other; an entry that was not written by this code is left out. */
  readonly roster: {
    announce(
      id: string,
      word: string,
      forgetAfterMs: number,
    ): Promise<readonly { readonly id: string; readonly ageMs: number; readonly word: string }[]>;
    withdraw(id: string): Promise<void>;
  };
  /** Asked at each use. */
  readonly pace: () => HeartbeatPace;
  readonly log: Logger;
}

/**
 * Tells the other pods again and again how this one is, and hears how they are. It goes on while MongoDB is away, when
 * load can't be sampled: that is when one wants to see every pod's circuit breakers.
 */
export class Heartbeat<Word extends object> {
  readonly #parts: HeartbeatParts<Word>;
  readonly #beats: Repeater;
  #heard: { readonly at: number; readonly pods: readonly Living<Word>[] } | undefined;
  #beating: Promise<void> | undefined;
  #failing = false;
  #stopped = false;

  constructor(parts: HeartbeatParts<Word>) {
    this.#parts = parts;
    this.#beats = new Repeater(
      () => {
        this.#beating = this.#beat();
        return this.#beating;
      },
      () => parts.pace().intervalMs,
    );
  }

  /** The name that it speaks under. */
  get id(): string {
    return this.#parts.id;
  }

  /** The pods that live, this one included; undefined when nothing was heard of them lately. */
  pods(now: number = Date.now()): readonly Living<Word>[] | undefined {
    const heard = this.#heard;
    return heard === undefined || now - heard.at > this.#parts.pace().forgetAfterMs ? undefined : heard.pods;
  }

  /** {@link pods}, which waits for the first beat where that is under way. */
  async known(): Promise<readonly Living<Word>[] | undefined> {
    if (this.#heard === undefined) await this.#beating;
    return this.pods();
  }

  /** Begins to beat. */
  start(): void {
    this.#beats.start();
  }

  /** The pause may be another one now. */
  settingsChanged(): void {
    this.#beats.pauseChanged();
  }

  /** Ends it, and takes this pod off the roster at once where that can be done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#beats.stop();
    const { roster, id, log } = this.#parts;
    await roster.withdraw(id).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'this pod is still on the roster; the others forget it soon');
    });
  }

  async #beat(): Promise<void> {
    const { roster, id, word, schema, pace, log } = this.#parts;
    try {
      const entries = await roster.announce(id, JSON.stringify(word()), pace().forgetAfterMs);
      this.#heard = { at: Date.now(), pods: living(entries, schema) };
      if (this.#failing) log.info('the other pods are heard of again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#stopped)
        log.warn({ reason: reasonOf(error) }, 'the other pods are not heard of');
      this.#failing = true;
    }
  }
}

/** Those on a roster whose word can be read. */
export function living<Word extends object>(
  entries: readonly { readonly id: string; readonly ageMs: number; readonly word: string }[],
  schema: z.ZodType<Word>,
): Living<Word>[] {
  return entries.flatMap(({ id, ageMs, word }) => {
    const parsed = schema.safeParse(jsonOf(word));
    return parsed.success ? [{ id, ageMs, ...parsed.data }] : [];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
