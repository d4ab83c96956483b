import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import type { Announced, PodRoster } from './pod-roster.js';

/** A process is the lookout for so long without a further word, in milliseconds: three beats of an idle one. */
const LOOKOUT_LEASE_MS = 3000;

/** How often a heart beats. */
export interface HeartbeatPace {
  /** Time between two beats, in milliseconds. */
  readonly intervalMs: number;
  /** A process that has not spoken for so many milliseconds is dead. */
  readonly forgetAfterMs: number;
}

/** What a {@link Heartbeat} works with. */
export interface HeartbeatParts {
  /** This process's id. */
  readonly id: string;
  /** What this process says now. */
  readonly word: () => object;
  /** Where it is said. */
  readonly roster: Pick<PodRoster, 'announce' | 'withdraw'>;
  /** Asked at each use. */
  readonly pace: () => HeartbeatPace;
  /** Whether it may be the lookout now. */
  readonly mayLookOut: () => boolean;
  /** Is told of what was heard at each beat; the pause until the next one begins when it resolves. It never rejects. */
  readonly heard: (announced: Announced) => Promise<void>;
  /** Is told of each beat at which nothing was heard. */
  readonly missed: (error: unknown) => void;
  readonly log: Logger;
}

/**
 * Tells the others again and again how this process is, and hears what the lookout saw, in one round trip whose cost does
 * not depend on how many there are. It goes on while MongoDB is away: that is when one wants to see every pod's circuit
 * breakers.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #beats: Repeater;
  #answered: { readonly at: number; readonly tookMs: number } | undefined;
  #failing = false;
  #stopped = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#beats = new Repeater(
      () => this.#beat(),
      () => parts.pace().intervalMs,
    );
  }

  /** The name that it speaks under. */
  get id(): string {
    return this.#parts.id;
  }

  /** How long Redis took for the last beat, in milliseconds; undefined where that ended longer than `withinMs` ago. */
  answeredMs(withinMs: number): number | undefined {
    const answered = this.#answered;
    return answered === undefined || performance.now() - answered.at > withinMs ? undefined : answered.tookMs;
  }

  /** Begins to beat. */
  start(): void {
    this.#beats.start();
  }

  /** The pause may be another one now. */
  pauseChanged(): void {
    this.#beats.pauseChanged();
  }

  /** Ends it, and takes this process off the roster at once where that can be done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#beats.stop();
    const { roster, id, log } = this.#parts;
    await roster.withdraw(id).catch((error: unknown) => {
      log.debug({ reason: reasonOf(error) }, 'this pod is still on the roster; the others forget it soon');
    });
  }

  async #beat(): Promise<void> {
    const { roster, id, word, pace, mayLookOut, heard, missed, log } = this.#parts;
    const startedAt = performance.now();
    try {
      const leaseMs = mayLookOut() ? LOOKOUT_LEASE_MS : 0;
      const announced = await roster.announce(id, JSON.stringify(word()), pace().forgetAfterMs, leaseMs);
      const at = performance.now();
      this.#answered = { at, tookMs: at - startedAt };
      if (this.#failing) log.info('the other pods are heard of again');
      this.#failing = false;
      if (!this.#stopped) await heard(announced);
    } catch (error) {
      if (this.#stopped) return;
      if (!this.#failing) log.warn({ reason: reasonOf(error) }, 'the other pods are not heard of');
      this.#failing = true;
      missed(error);
    }
  }
}
