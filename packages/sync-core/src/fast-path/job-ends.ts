import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import { EVENTS_BLOCK, UNCHECKED } from './bullmq-options.js';

/** Time between two looks whether the stream went back, in milliseconds. */
const LOOK_MS = 2000;
/** Looks in a row that find no job whose end is to be heard, and then the reader is closed: half a minute. */
const NEEDLESS_LOOKS = 15;

/** Where a queue's events are, and who hears of the ends of its jobs. */
export interface JobEndsOptions {
  /** For questions, and for the reader's own connection to be made of; both stay the caller's. */
  readonly requests: Redis;
  readonly background: Redis;
  readonly queue: string;
  readonly prefix: string;
  /** Whether there is a job whose end would not be known otherwise. */
  readonly needed: () => boolean;
  /** `returned`: what the worker returned, parsed. */
  readonly onCompleted: (jobId: string, returned: unknown) => void;
  readonly onFailed: (jobId: string, reason: string) => void;
  readonly log: Logger;
}

/**
 * Hears of the ends of a queue's jobs, of all pods, from the queue's stream of events, while there is need: the reader is
 * told of each step of every job of the deployment, which costs pod and Redis as much as the job's own commands.
 *
 *   closed ─ a job is not in hand here ─▶ reading on from the last id ─ no such job for long ─▶ closed
 *                                            │        ▲
 *       the stream's last id and the time are below it └─ reading anew, from its beginning
 *
 * Ids are times of Redis. After a fail-over to older data and a slower clock, or where the stream was evicted meanwhile,
 * all ids to come are below the one that was heard last, for as long as that clock is behind: none would be heard.
 */
export class JobEnds {
  readonly #options: JobEndsOptions;
  readonly #lookMs: number;
  #reader: { events: QueueEvents; readonly looks: Repeater } | undefined;
  #opening: Promise<void> | undefined;
  /** The id that was heard last, of any event. */
  #heardTo = '0-0';
  #needless = 0;
  #stopped = false;

  /** `lookMs`: time between two looks, in milliseconds. */
  constructor(options: JobEndsOptions, lookMs = LOOK_MS) {
    this.#options = options;
    this.#lookMs = lookMs;
  }

  /**
   * Sees to it that the ends of jobs are heard that are added from now on, before it resolves.
   * @throws what Redis fails with, which is asked where the events end
   */
  async hear(): Promise<void> {
    this.#needless = 0;
    if (this.#reader !== undefined) return;
    this.#opening ??= this.#lastId()
      .then((last) => this.hearBehind(last))
      .finally(() => {
        this.#opening = undefined;
      });
    await this.#opening;
  }

  /** Hears the ends whose events are behind this id, unless it hears already. */
  hearBehind(id: string): void {
    this.#needless = 0;
    if (this.#reader !== undefined || this.#stopped) return;
    this.#heardTo = id;
    const looks = new Repeater(
      () => this.#look(),
      () => this.#lookMs,
    );
    this.#reader = { events: this.#read(), looks };
    looks.start('pause');
  }

  /** Ends; resolves when nothing is heard any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#opening?.catch(() => undefined);
    const looks = this.#reader?.looks;
    await this.#close();
    await looks?.stop();
  }

  async #close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    void reader?.looks.stop();
    await reader?.events.close();
  }

  async #lastId(): Promise<string> {
    const { requests, queue, prefix } = this.#options;
    const [last] = await requests.xrevrange(`${prefix}:${queue}:events`, '+', '-', 'COUNT', 1);
    return last?.[0] ?? '0-0';
  }

  #read(): QueueEvents {
    const { background, queue, prefix, onCompleted, onFailed, log } = this.#options;
    const events = new QueueEvents(queue, {
      connection: background,
      ...UNCHECKED,
      ...EVENTS_BLOCK,
      prefix,
      lastEventId: this.#heardTo,
    });
    // Every event passes here, its id behind all else that is told of it.
    const emit = events.emit.bind(events) as (...args: unknown[]) => boolean;
    events.emit = ((...args: unknown[]) => {
      const id = args.at(-1);
      if (typeof id === 'string' && /^\d+-\d+$/.test(id)) this.#heardTo = id;
      return emit(...args);
    }) as typeof events.emit;
    events.on('error', (error) => log.debug({ reason: reasonOf(error) }, 'fast queue events connection'));
    events.on('completed', ({ jobId, returnvalue }) => onCompleted(jobId, returnvalue));
    events.on('failed', ({ jobId, failedReason }) => onFailed(jobId, failedReason));
    return events;
  }

  async #look(): Promise<void> {
    const { requests, queue, needed, log } = this.#options;
    const reader = this.#reader;
    this.#needless = needed() ? 0 : this.#needless + 1;
    try {
      if (this.#needless >= NEEDLESS_LOOKS) return await this.#close();
      // Before the look: what is heard while it is made may be behind what it finds.
      const heardTo = this.#heardTo;
      const last = await this.#lastId();
      if (last === '0-0' || !isBelow(last, heardTo)) return;
      const [seconds] = await requests.time();
      if (this.#stopped || reader === undefined || !wentBack(heardTo, last, Number(seconds))) return;
      log.warn({ queue, heardTo, last }, 'the events of the queue went back in time: reading them anew');
      await reader.events.close();
      if (this.#stopped) return;
      this.#heardTo = '0-0';
      reader.events = this.#read();
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'the events of the queue can not be looked at');
    }
  }
}

/**
 * Whether ids to come are below the one heard last: the stream ends below it, as one does that had no event for long,
 * and so does the time of its Redis, in seconds since 1970.
 */
export function wentBack(heardTo: string, last: string, seconds: number): boolean {
  return isBelow(last, heardTo) && isBelow(`${(seconds + 1) * 1000}-0`, heardTo);
}

/** Whether an id of a stream is below another one. */
function isBelow(id: string, other: string): boolean {
  const [ms, number] = id.split('-').map(Number);
  const [otherMs, otherNumber] = other.split('-').map(Number);
  return ms === otherMs ? Number(number) < Number(otherNumber) : Number(ms) < Number(otherMs);
}
