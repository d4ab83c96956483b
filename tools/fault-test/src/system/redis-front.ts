import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clockEnv, redisServer, redisUrl, type ServiceProcess } from '@hybrid-sync/services';
import { ServiceLine } from '@hybrid-sync/services/line';
import getPort from 'get-port';
import type { Redis } from 'ioredis';
import { awaitCondition } from './await-condition.js';
import { type RedisUnderFault, withRedis } from './redis-under-fault.js';

/** How long a replica may take to have everything, in milliseconds. */
const IN_SYNC_WITHIN_MS = 20_000;

/** What a {@link RedisFront} stands before. */
export interface FrontOptions {
  /** The server that runs. */
  readonly server: ServiceProcess;
  /** Path of `redis-server`, for replicas. */
  readonly executable: string;
  /** The server's password; replicas get the same. */
  readonly password: string;
  /** Where replicas may keep their data. */
  readonly folder: string;
}

/**
 * A single Redis as others see it: one address that leads to the server of now, whichever that is. Pods and projectors have a
 * line of their own, so that it can go silent without this test's own connections.
 */
export class RedisFront implements RedisUnderFault {
  /** The line of pods and projectors. */
  readonly apps: ServiceLine;
  /** The line of the test itself. */
  readonly own: ServiceLine;
  /** Told when a server ends that nobody had ended. */
  onUnexpectedExit: ((message: string) => void) | undefined;
  readonly #options: FrontOptions;
  #current: ServiceProcess;
  #aheadMs = 0;
  readonly #replicas = new Map<ServiceProcess, { readonly folder: string; readonly aheadMs: number }>();
  #number = 1;

  private constructor(options: FrontOptions, lines: readonly [ServiceLine, ServiceLine]) {
    this.#options = options;
    this.#current = options.server;
    options.server.onUnexpectedExit = (message) => this.onUnexpectedExit?.(message);
    [this.apps, this.own] = lines;
  }

  /** In front of a server that runs. */
  static async open(options: FrontOptions): Promise<RedisFront> {
    const url = redisUrl(options.server.port, options.password);
    const lines = [await ServiceLine.to(url), await ServiceLine.to(url)] as const;
    for (const line of lines) await line.open();
    return new RedisFront(options, lines);
  }

  /** The server that both lines lead to. */
  get current(): ServiceProcess {
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
    return [await this.#with(this.#current, work)];
  }

  aheadMs(): number {
    return this.#aheadMs;
  }

  /** Starts a replica of the current server, with a clock that is ahead by so much, and waits until it has all. */
  async startReplica(aheadMs: number, signal: AbortSignal): Promise<ServiceProcess> {
    const name = `redis-${++this.#number}`;
    const { executable, password, folder: all } = this.#options;
    const folder = join(all, name);
    const port = await getPort({ host: '127.0.0.1' });
    const env = await clockEnv(aheadMs, signal);
    const logFile = join(all, 'logs', `${name}.log`);
    const replica = redisServer({ executable, folder, logFile, port, password, name, env });
    replica.onUnexpectedExit = (message) => this.onUnexpectedExit?.(message);
    await replica.start(signal);
    this.#replicas.set(replica, { folder, aheadMs });
    await this.#with(replica, async (redis) => {
      await redis.replicaof('127.0.0.1', this.#current.port);
      const follows = async () => /master_link_status:up/.test(await redis.info('replication'));
      await awaitCondition(`${name} is in sync`, follows, { timeoutMs: IN_SYNC_WITHIN_MS, signal });
    });
    return replica;
  }

  /** The replica keeps what it has, and hears of nothing more. */
  async detach(replica: ServiceProcess): Promise<void> {
    await this.#with(replica, (redis) => redis.replicaof('NO', 'ONE'));
  }

  /** New connections lead to this server from now on, which takes writes; those that are up stay where they are. */
  async leadTo(replica: ServiceProcess): Promise<void> {
    await this.detach(replica);
    for (const line of [this.apps, this.own]) line.leadTo(redisUrl(replica.port));
    this.#current = replica;
    this.#aheadMs = this.#replicas.get(replica)?.aheadMs ?? 0;
  }

  /** As a managed failover: the replica gets every last write, takes over, and the current server becomes its replica. */
  async failOver(replica: ServiceProcess, signal: AbortSignal): Promise<void> {
    const old = this.#current;
    await this.#with(old, async (redis) => {
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

  /** Removes what a server that was ended has left; does nothing for the first one, which is its starter's. */
  async forget(ended: ServiceProcess): Promise<void> {
    const replica = this.#replicas.get(ended);
    if (replica === undefined) return;
    await ended.stop();
    this.#replicas.delete(ended);
    await rm(replica.folder, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await Promise.all([this.apps, this.own].map((line) => line.cut()));
    await Promise.all([...this.#replicas.keys()].map((replica) => replica.stop()));
  }

  #with<T>(server: ServiceProcess, work: (redis: Redis) => Promise<T>): Promise<T> {
    return withRedis(redisUrl(server.port, this.#options.password), work);
  }
}

/** Whether every replica has as much as its master. */
function inStep(info: string): boolean {
  const offset = /master_repl_offset:(\d+)/.exec(info)?.[1];
  return [...info.matchAll(/slave\d+:.*?offset=(\d+)/g)].every(([, of]) => of === offset);
}
