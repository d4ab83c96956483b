import { randomUUID } from 'node:crypto';
import { clockEnv, DURABLE, redisUrl } from '@hybrid-sync/services';
import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis, type OwnRedisOptions } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { awaitCondition } from './await-condition.js';
import { type RedisUnderFault, withRedis } from './redis-under-fault.js';

/** How long a replica may take to have everything, in milliseconds. */
const IN_SYNC_WITHIN_MS = 20_000;

/**
 * A single Redis as others see it: one address that leads to the server of now, whichever that is. Pods and projectors have a
 * line of their own, so that it can go silent without this test's own connections.
 */
export class RedisFront implements RedisUnderFault {
  /** The line of pods and projectors. */
  readonly apps: ServiceLine;
  /** The line of the test itself. */
  readonly own: ServiceLine;
  readonly #options: OwnRedisOptions;
  #current: OwnRedis;
  /** All servers that run, with how far the clock of each is ahead, in milliseconds. */
  readonly #aheadMs = new Map<OwnRedis, number>();
  #number = 1;

  private constructor(options: OwnRedisOptions, first: OwnRedis, lines: readonly [ServiceLine, ServiceLine]) {
    this.#options = options;
    this.#current = first;
    this.#aheadMs.set(first, 0);
    [this.apps, this.own] = lines;
  }

  /** Starts the first server, and both lines to it. `logs`: folder of the servers' logs. */
  static async start(logs: string, onUnexpectedExit: (message: string) => void): Promise<RedisFront> {
    const options = { password: randomUUID(), settings: DURABLE, logs, onUnexpectedExit };
    const first = await OwnRedis.start({ ...options, name: 'redis-1' });
    const lines = [await ServiceLine.to(first.url), await ServiceLine.to(first.url)] as const;
    for (const line of lines) await line.open();
    return new RedisFront(options, first, lines);
  }

  /** The server that both lines lead to. */
  get current(): OwnRedis {
    return this.#current;
  }

  get appsUrl(): string {
    return this.apps.url;
  }

  get ownUrl(): string {
    return this.own.url;
  }

  get lines(): readonly ServiceLine[] {
    return [this.apps];
  }

  async withMasters<T>(work: (redis: Redis) => Promise<T>): Promise<T[]> {
    return [await withRedis(this.#current.url, work)];
  }

  aheadMs(): number {
    return this.#aheadMs.get(this.#current) ?? 0;
  }

  /** Starts a replica of the current server, with a clock that is ahead by so much, and waits until it has all. */
  async startReplica(aheadMs: number, signal: AbortSignal): Promise<OwnRedis> {
    const name = `redis-${++this.#number}`;
    const env = await clockEnv(aheadMs, signal);
    const replica = await OwnRedis.start({ ...this.#options, name, env });
    this.#aheadMs.set(replica, aheadMs);
    await withRedis(replica.url, async (redis) => {
      await redis.replicaof('127.0.0.1', this.#current.port);
      const follows = async () => /master_link_status:up/.test(await redis.info('replication'));
      await awaitCondition(`${name} is in sync`, follows, { timeoutMs: IN_SYNC_WITHIN_MS, signal });
    });
    return replica;
  }

  /** The replica keeps what it has, and hears of nothing more. */
  async detach(replica: OwnRedis): Promise<void> {
    await withRedis(replica.url, (redis) => redis.replicaof('NO', 'ONE'));
  }

  /** New connections lead to this server from now on, which takes writes; those that are up stay where they are. */
  async leadTo(replica: OwnRedis): Promise<void> {
    await this.detach(replica);
    for (const line of [this.apps, this.own]) line.leadTo(redisUrl(replica.port));
    this.#current = replica;
  }

  /** As a managed failover: the replica gets every last write, takes over, and the current server becomes its replica. */
  async failOver(replica: OwnRedis, signal: AbortSignal): Promise<void> {
    await withRedis(this.#current.url, async (redis) => {
      await redis.client('PAUSE', IN_SYNC_WITHIN_MS, 'WRITE');
      const hasAll = async () => inStep(await redis.info('replication'));
      const patience = { timeoutMs: IN_SYNC_WITHIN_MS, signal };
      await awaitCondition('the replica has every write', hasAll, patience);
      await this.leadTo(replica);
      await redis.replicaof('127.0.0.1', replica.port);
      await redis.client('UNPAUSE');
    });
    this.own.reset();
  }

  /** Ends a server that nothing leads to any more, and removes its data. */
  async end(former: OwnRedis): Promise<void> {
    this.#aheadMs.delete(former);
    await former.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([this.apps, this.own].map((line) => line.cut()));
    await Promise.all([...this.#aheadMs.keys()].map((server) => server.stop()));
  }
}

/** Whether every replica has as much as its master. */
function inStep(info: string): boolean {
  const offset = /master_repl_offset:(\d+)/.exec(info)?.[1];
  return [...info.matchAll(/slave\d+:.*?offset=(\d+)/g)].every(([, of]) => of === offset);
}
