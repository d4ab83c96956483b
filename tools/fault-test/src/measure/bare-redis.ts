import { connected, connectRedis, type RedisConnection } from '@hybrid-sync/sync-core';
import type { RunClock } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { awaitCondition } from '../system/await-condition.js';

/** Key of the bare writes; outside the system's namespace, so that no check takes it for a pair. */
const KEY = 'fault-test:bare';
/** Digits at the head of each value that say which write it was. */
const DIGITS = 12;
/** Longest wait for one write, in milliseconds. */
const COMMAND_TIMEOUT_MS = 2000;
/** How long it may take until Redis tells what it kept, in milliseconds. */
const TOLD_WITHIN_MS = 30_000;

/** A bare write that Redis acknowledged, and its replicas, where that is asked for. Times are on the run's clock, in milliseconds. */
export interface BareWrite {
  readonly sentAt: number;
  readonly latencyMs: number;
}

/**
 * A second client of Redis beside the system: plain SETs of the load's size, one after the other at a steady pace, each
 * with a WAIT for as many replicas as journaled writes wait for. It is the yardstick for the system's writes in the same seconds, and a witness: each value names its number, so that
 * after a crash of Redis it is known whether Redis kept what it had acknowledged.
 */
export class BareRedis {
  readonly #redis: RedisConnection;
  readonly #clock: RunClock;
  readonly #padding: string;
  readonly #replicas: number;
  readonly #writes: BareWrite[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #number = 0;
  #acknowledged = 0;
  #paused = false;

  /** @param valueBytes size of a value, from 12 @param replicas how many have to have a write; 0 asks none */
  constructor(url: string, valueBytes: number, clock: RunClock, replicas = 0) {
    this.#redis = connectRedis(url, {
      role: 'bare',
      use: 'request',
      log: pino({ level: 'silent' }),
      deadlineMs: COMMAND_TIMEOUT_MS,
      key: KEY,
    });
    this.#clock = clock;
    this.#replicas = replicas;
    this.#padding = 'x'.repeat(Math.max(valueBytes - DIGITS, 0));
  }

  /** Resolves when it is connected. @throws when Redis does not answer */
  async connect(): Promise<void> {
    await connected(this.#redis);
  }

  /** Begins to write, one write each `everyMs` milliseconds. */
  start(everyMs: number): void {
    this.#running = this.#run(everyMs);
  }

  /** Makes one write. @throws when Redis, or so many of its replicas, do not acknowledge it */
  async write(): Promise<BareWrite> {
    const number = ++this.#number;
    const sentAt = this.#clock.now();
    const value = `${number}`.padStart(DIGITS, '0') + this.#padding;
    const [, reached] = await this.#redis.inOneWrite(() =>
      Promise.all([
        this.#redis.set(KEY, value),
        this.#replicas === 0 ? 0 : this.#redis.wait(this.#replicas, COMMAND_TIMEOUT_MS / 2),
      ]),
    );
    if (reached < this.#replicas) throw new Error('not enough replicas have it');
    this.#acknowledged = Math.max(this.#acknowledged, number);
    return { sentAt, latencyMs: this.#clock.now() - sentAt };
  }

  /** Stops writing, so that what a crash of Redis left can be looked at. */
  pause(): void {
    this.#paused = true;
  }

  /**
   * Looks at what Redis kept over a crash, and goes on writing.
   * @returns how many of its last acknowledged bare writes Redis has lost; 0 if none
   * @throws when Redis does not answer in 30 s
   */
  async lostByRedis(): Promise<number> {
    let held = 0;
    const told = async () => {
      held = Number((await this.#redis.getrange(KEY, 0, DIGITS - 1)) || 0);
      return true;
    };
    const patience = { timeoutMs: TOLD_WITHIN_MS, signal: this.#stopping.signal };
    await awaitCondition('Redis tells what it kept', told, patience);
    this.#paused = false;
    return Math.max(this.#acknowledged - held, 0);
  }

  /** The acknowledged writes since the last call. */
  take(): BareWrite[] {
    return this.#writes.splice(0);
  }

  /** Ends the writing and closes the connection. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#redis.disconnect();
  }

  async #run(everyMs: number): Promise<void> {
    const { signal } = this.#stopping;
    for (let at = this.#clock.now(); !signal.aborted; at = Math.max(at + everyMs, this.#clock.now())) {
      await this.#clock.sleepUntil(at, signal);
      if (signal.aborted) return;
      if (this.#paused) continue;
      // A write that fails while Redis is away is no write, and there is nothing to measure.
      await this.write().then(
        (write) => this.#writes.push(write),
        () => undefined,
      );
    }
  }
}
