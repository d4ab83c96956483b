import type { Reply } from '@hybrid-sync/redis-protocol';
import { type Cache, type KeptValue, slotOf } from '@hybrid-sync/sync-core';
import type { CommandCall } from '../command.js';
import { CommandError } from '../command-failure.js';

/** Keys that are read together, at most. */
const MOST_TOGETHER = 1024;
/** Bytes of values that one answer holds at most, and all those that are being read beyond the first. */
const MOST_BYTES = 64 * 1024 * 1024;
/** An answer that may hold more bytes is measured before it is read. */
const MEASURED_FROM = 16 * 1024 * 1024;
/** One that holds more bytes is read when it is the next that its client gets. */
const LARGE = 1024 * 1024;

/** What of the cache reads need. */
export type ReadCache = Pick<Cache, 'someValues' | 'bytesOf' | 'slots' | 'spread'>;

/** A key that is to be read, and whoever waits for it. */
interface Wanted {
  readonly key: string;
  found(value: KeptValue | undefined): void;
  failed(error: unknown): void;
}

/** A command that is answered with one value. */
class Told implements Wanted {
  readonly key: string;
  readonly #call: CommandCall;
  readonly #tell: (value: KeptValue | undefined) => Reply;

  constructor(call: CommandCall, tell: (value: KeptValue | undefined) => Reply) {
    this.key = call.keys[0] ?? '';
    this.#call = call;
    this.#tell = tell;
  }

  found(value: KeptValue | undefined): void {
    this.#call.reply(this.#tell(value));
  }

  failed(error: unknown): void {
    this.#call.fail(error);
  }
}

/**
 * Reads values, as mutations are committed: one round trip is under way at a time, what is asked for meanwhile goes with the next
 * one, and so does what had no room in it. So no more than that is in memory, however much is asked for.
 */
class ReadQueue {
  readonly #cache: Pick<Cache, 'someValues'>;
  #wanted: Wanted[] = [];
  #busy = false;

  constructor(cache: Pick<Cache, 'someValues'>) {
    this.#cache = cache;
  }

  add(wanted: Wanted): void {
    this.#wanted.push(wanted);
    this.#leave();
  }

  #leave(): void {
    if (this.#busy || this.#wanted.length === 0) return;
    this.#busy = true;
    setImmediate(() => void this.#round());
  }

  async #round(): Promise<void> {
    const some = this.#wanted.splice(0, MOST_TOGETHER);
    try {
      const { values, unread } = await this.#cache.someValues(some.map(({ key }) => key));
      const later = new Set(unread);
      for (const [place, wanted] of some.entries()) if (!later.has(place)) wanted.found(values[place]);
      if (later.size > 0) this.#wanted = [...some.filter((_, place) => later.has(place)), ...this.#wanted];
    } catch (error) {
      for (const wanted of some) wanted.failed(error);
    }
    this.#busy = false;
    this.#leave();
  }
}

/** Reads values for all connections together. */
export class Values {
  readonly #cache: ReadCache;
  readonly #maxValueBytes: number;
  /** One for all slots or, where these are spread over servers, one each: none waits for another's server. */
  readonly #queues: readonly ReadQueue[];
  /** Bytes of large answers that are being read. */
  #largeBytes = 0;
  #waiting: (() => void)[] = [];

  /** `maxValueBytes`: bytes of the largest value. */
  constructor(cache: ReadCache, maxValueBytes: number) {
    this.#cache = cache;
    this.#maxValueBytes = maxValueBytes;
    const count = cache.spread ? cache.slots : 1;
    this.#queues = Array.from({ length: count }, () => new ReadQueue(cache));
  }

  /** The value of a key as it is kept; undefined for none. @throws CacheUnavailableError */
  load(key: string): Promise<KeptValue | undefined> {
    return new Promise((found, failed) => this.#add({ key, found, failed }));
  }

  /** Answers a command with what is told of the value of its key, undefined for none. */
  tell(call: CommandCall, tell: (value: KeptValue | undefined) => Reply): void {
    this.#add(new Told(call, tell));
  }

  #add(wanted: Wanted): void {
    const queue = this.#queues[this.#queues.length === 1 ? 0 : slotOf(wanted.key, this.#cache.slots)];
    if (queue === undefined) throw new RangeError('there is no slot');
    queue.add(wanted);
  }

  /**
   * What is told of the values of several keys, in their order, for one answer that holds all of them. `next`: resolves when the
   * client has taken the answers before it. @throws CommandError where it would be too large, CacheUnavailableError
   */
  async tellTogether<Told>(
    keys: readonly string[],
    tell: (value: KeptValue | undefined) => Told,
    next: () => Promise<void>,
  ): Promise<Told[]> {
    // Each is told as it comes: what is read need not wait for the others in the form in which it was read.
    const all = () => Promise.all(keys.map((key) => this.load(key).then(tell)));
    const mayBeLarge = keys.length * this.#maxValueBytes > MEASURED_FROM;
    const bytes = mayBeLarge ? await this.#cache.bytesOf(keys) : 0;
    if (bytes > MOST_BYTES) {
      throw new CommandError(`ERR the values hold ${bytes} bytes together; ask for at most ${MOST_BYTES}`);
    }
    if (bytes <= LARGE) return all();
    await next();
    while (this.#largeBytes > 0 && this.#largeBytes + bytes > MOST_BYTES) {
      await new Promise<void>((go) => this.#waiting.push(go));
    }
    this.#largeBytes += bytes;
    try {
      return await all();
    } finally {
      // By then it is written, and counts for its connection.
      setImmediate(() => {
        this.#largeBytes -= bytes;
        for (const go of this.#waiting.splice(0)) go();
      });
    }
  }
}
