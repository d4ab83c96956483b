import type { Logger } from 'pino';
import { z } from 'zod';
import type { BreakerState } from '../control/circuit-breaker.js';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';

/** What a pod says of itself. */
export interface PodWord {
  /** Batches its worker has in hand. */
  readonly activeThreads: number;
  /** Its worker's concurrency. */
  readonly maxThreads: number;
  readonly circuitBreakers: { readonly fast: BreakerState; readonly outbox: BreakerState };
}

/** A pod that lives, as far as its heartbeat tells. */
export interface LivePod extends PodWord {
  /** Host, process and a random part. */
  readonly id: string;
  /** How long before the last look it spoke, in milliseconds. */
  readonly ageMs: number;
}

/** How often a heart beats. */
export interface HeartbeatPace {
  /** Time between two beats, in milliseconds. */
  readonly intervalMs: number;
  /** A pod that has not spoken for so many milliseconds is dead. */
  readonly forgetAfterMs: number;
}

/** What a {@link Heartbeat} works with. */
export interface HeartbeatParts {
  /** This pod's id. */
  readonly id: string;
  /** What this pod says now. */
  readonly word: () => PodWord;
  /** Where the pods tell each other; an entry that was not written by this code is left out. */
  readonly roster: {
    announce(
      id: string,
      word: string,
      forgetAfterMs: number,
    ): Promise<readonly { readonly id: string; readonly ageMs: number; readonly word: string }[]>;
    withdraw(id: string): Promise<void>;
  };
  /** Read at each use, so all of it may change. */
  readonly pace: HeartbeatPace;
  readonly log: Logger;
}

const breakerState = z.enum(['closed', 'open', 'half-open']);
const podWord = z.object({
  activeThreads: z.int().min(0),
  maxThreads: z.int().min(0),
  circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }),
});

/**
 * Tells the other pods again and again how this one is, and hears how they are. It goes on while MongoDB is away, when
 * load can't be sampled: that is when one wants to see every pod's circuit breakers.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #beats: Repeater;
  #heard: { readonly at: number; readonly pods: readonly LivePod[] } | undefined;
  #failing = false;
  #stopped = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#beats = new Repeater(
      () => this.#beat(),
      () => parts.pace.intervalMs,
    );
  }

  /** The pods that live, this one included; undefined when nothing was heard of them lately. */
  pods(now: number = Date.now()): readonly LivePod[] | undefined {
    const heard = this.#heard;
    return heard === undefined || now - heard.at > this.#parts.pace.forgetAfterMs ? undefined : heard.pods;
  }

  /** Begins to beat. */
  start(): void {
    this.#beats.start();
  }

  /** The time between two beats is another one now. */
  intervalChanged(): void {
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
    const { roster, id, word, pace, log } = this.#parts;
    try {
      const entries = await roster.announce(id, JSON.stringify(word()), pace.forgetAfterMs);
      this.#heard = { at: Date.now(), pods: entries.flatMap(livePod) };
      if (this.#failing) log.info('the other pods are heard of again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && !this.#stopped)
        log.warn({ reason: reasonOf(error) }, 'the other pods are not heard of');
      this.#failing = true;
    }
  }
}

function livePod({ id, ageMs, word }: { id: string; ageMs: number; word: string }): LivePod[] {
  const parsed = podWord.safeParse(jsonOf(word));
  return parsed.success ? [{ id, ageMs, ...parsed.data }] : [];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
