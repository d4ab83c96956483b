import { NotReplicatedError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import { SCRIPTS, type ScriptedRedis } from '../redis/scripts.js';
import type { CacheKeys } from './keys.js';

/** What a {@link ReplicaWait} waits for. */
export interface ReplicaWaitOptions {
  /** A connection of its own, since WAIT holds up all that comes after it; with a deadline longer than `timeoutMs`. */
  readonly redis: CacheConnection;
  /** The connection by which mutations are made. */
  readonly writes: CacheConnection;
  readonly keys: CacheKeys;
  /** How many replicas have to have a write. */
  readonly replicas: number;
  /** How long that may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The waits of a server. */
interface Lane {
  underWay: Promise<unknown>;
  /** The one that whoever asks now shares. */
  next: Promise<number> | undefined;
}

/**
 * Waits until replicas of Redis have what was written: a write that only the journal holds is lost with Redis' primary
 * otherwise. WAIT speaks of what its own connection wrote, so a mark is written there first: a replica takes all that
 * comes in its order, so whoever has the mark has whatever was written before it. All who ask while one wait is under way
 * share the next one, of their server.
 *
 * That holds of the server that took the mutation. After a failover the mark goes to another one, which may lack it. So
 * no replica counts where the writes' connection was made anew since the mutation was sent, or leads to another run of Redis
 * than the one that was asked.
 */
export class ReplicaWait {
  readonly #options: ReplicaWaitOptions;
  readonly #calls = redisCalls('replicas');
  readonly #lanes = new WeakMap<ScriptedRedis, Lane>();
  /** When a connection of the writes was made last, on the process's own clock. */
  #connectedAt = Number.NEGATIVE_INFINITY;
  readonly #connected = () => {
    this.#connectedAt = performance.now();
  };

  constructor(options: ReplicaWaitOptions) {
    this.#options = options;
    options.writes.on('ready', this.#connected);
  }

  /**
   * Resolves once enough replicas have this mutation, which is in Redis. `sentAt`: a moment before it was sent, as
   * `performance.now()` tells it.
   * @throws NotReplicatedError where they don't in time, or where another server was asked than the one that took it;
   *   CacheUnavailableError where Redis does not say
   */
  async has({ slot, version }: Pick<Mutation, 'slot' | 'version'>, sentAt: number): Promise<void> {
    const { replicas } = this.#options;
    const reached = await this.#calls.ask('waiting for its replicas', async () => {
      const answers = await this.#asked(slot);
      return this.#tookAll(slot, sentAt) ? answers : 0;
    });
    if (reached < replicas) throw new NotReplicatedError(version, reached, replicas);
  }

  /** Closes its connection. */
  stop(): void {
    this.#options.writes.off('ready', this.#connected);
    this.#options.redis.disconnect();
  }

  /** Whether the server that is asked about a slot is the one that took what was sent since a moment. */
  #tookAll(slot: number, sentAt: number): boolean {
    const { redis, writes, keys } = this.#options;
    const mark = keys.replicated(slot);
    return this.#connectedAt < sentAt && writes.at(mark).run === redis.at(mark).run;
  }

  #asked(slot: number): Promise<number> {
    const mark = this.#options.keys.replicated(slot);
    const server = this.#options.redis.at(mark);
    const lane = this.#lanes.get(server) ?? { underWay: Promise.resolve(), next: undefined };
    this.#lanes.set(server, lane);
    lane.next ??= this.#after(lane, server, mark);
    return lane.next;
  }

  async #after(lane: Lane, server: ScriptedRedis, mark: string): Promise<number> {
    await lane.underWay;
    const reached = this.#reached(server, mark);
    lane.next = undefined;
    lane.underWay = reached.catch(() => undefined);
    return reached;
  }

  /**
   * How many replicas have all that was written before this call, once they are enough or the time is up. Mark and wait
   * leave in one write; the mark is a script as a text, since one that Redis has forgotten would be sent again after the wait.
   */
  async #reached(server: ScriptedRedis, mark: string): Promise<number> {
    const { replicas, timeoutMs } = this.#options;
    const [, reached] = await server.inOneWrite(() =>
      Promise.all([
        server.eval(SCRIPTS.hsMark.lua, 1, mark, String(Date.now())),
        server.wait(replicas, timeoutMs),
      ]),
    );
    return reached;
  }
}
