import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { reasonOf } from '../errors.js';
import { Repeater } from '../repeater.js';
import { EVENTS_BLOCK, UNCHECKED } from './bullmq-options.js';

/** Time between two looks whether the stream went back, in milliseconds. */
const LOOK_MS = 2000;

/** Where a queue's events are, and who hears of the ends of its jobs. */
export interface JobEndsOptions {
  /** For questions, and for the reader's own connection to be made of; both stay the caller's. */
  readonly requests: Redis;
  readonly background: Redis;
  readonly queue: string;
  readonly prefix: string;
  /** The events behind this id are heard. */
  readonly since: string;
  /** `returned`: what the worker returned, parsed. */
  readonly onCompleted: (jobId: string, returned: unknown) => void;
  readonly onFailed: (jobId: string, reason: string) => void;
  readonly log: Logger;
}

/**
 * Hears of the ends of a queue's jobs, of all pods, from the queue's stream of events:
 *
 *   reading on from the last id ─ the stream's last id and the time are below it ─▶ reading anew, from its beginning
 *
 * Ids are times of Redis. After a fail-over to older data and a slower clock, or where the stream was evicted meanwhile,
 * all ids to come are below the one that was heard last, for as long as that clock is behind: none would be heard.
 */
export class JobEnds {
  readonly #options: JobEndsOptions;
  readonly #looks: Repeater;
  /** The id that was heard last, of any event. */
  #heardTo: string;
  #events: QueueEvents;
  #stopped = false;

  /** Begins to hear. */
  constructor(options: JobEndsOptions) {
    this.#options = options;
    this.#heardTo = options.since;
    this.#events = this.#open();
    this.#looks = new Repeater(
      () => this.#look(),
      () => LOOK_MS,
    );
    this.#looks.start('pause');
  }

  /** Ends; resolves when nothing is heard any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const looked = this.#looks.stop();
    await this.#events.close();
    await looked;
  }

  #open(): QueueEvents {
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
    const { requests, queue, prefix, log } = this.#options;
    try {
      // Before the look: what is heard while it is made may be behind what it finds.
      const heardTo = this.#heardTo;
      const [last] = await requests.xrevrange(`${prefix}:${queue}:events`, '+', '-', 'COUNT', 1);
      if (last === undefined || !isBelow(last[0], heardTo)) return;
      const [seconds] = await requests.time();
      if (this.#stopped || !wentBack(heardTo, last[0], Number(seconds))) return;
      log.warn(
        { queue, heardTo, last: last[0] },
        'the events of the queue went back in time: reading them anew',
      );
      await this.#events.close();
      if (this.#stopped) return;
      this.#heardTo = '0-0';
      this.#events = this.#open();
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
