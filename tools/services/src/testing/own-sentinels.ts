import type { Redis } from 'ioredis';
import { waitUntil } from '../process/wait-until.js';
import { OwnRedis, type OwnRedisOptions } from './own-redis.js';

/** Name of the master that the sentinels watch. */
const MASTER = 'main';
const SENTINELS = 3;
/** A master that gives no answer for so long is down, in milliseconds. */
const DOWN_AFTER_MS = 1000;
/** All of them on one machine: none needs more. */
const MEMORY = '64mb';
/** How long it may take until they know each other, in milliseconds. */
const READY_MS = 30_000;

/** A primary with one replica, and three sentinels that watch them, of a test's own. */
export class OwnSentinels {
  readonly #servers: readonly OwnRedis[];
  readonly #sentinels: readonly OwnRedis[];
  readonly #clients: readonly Redis[];

  private constructor(servers: readonly OwnRedis[], sentinels: readonly OwnRedis[]) {
    this.#servers = servers;
    this.#sentinels = sentinels;
    this.#clients = sentinels.map((sentinel) => sentinel.client());
  }

  /** Starts them; resolves when every sentinel knows the replica and the others. `password`: what the sentinels ask for. */
  static async start(password?: string): Promise<OwnSentinels> {
    const started: OwnRedis[] = [];
    const start = async (options: OwnRedisOptions) => {
      const redis = await OwnRedis.start(options);
      started.push(redis);
      return redis;
    };
    try {
      const settings = { appendonly: 'yes', maxmemory: MEMORY };
      const primary = await start({ settings });
      const replica = await start({ settings: { ...settings, replicaof: `127.0.0.1 ${primary.port}` } });
      const sentinel = [
        `sentinel monitor ${MASTER} 127.0.0.1 ${primary.port} 2`,
        `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${MASTER} 10000`,
        ...(password === undefined ? [] : [`sentinel sentinel-pass ${password}`]),
      ].join('\n');
      const sentinels = await Promise.all(
        Array.from({ length: SENTINELS }, () => start({ sentinel, ...(password && { password }) })),
      );
      const own = new OwnSentinels([primary, replica], sentinels);
      const settled = await waitUntil(async () => (await own.#settled()).every(Boolean), READY_MS);
      if (!settled) throw new Error('the sentinels did not find each other');
      return own;
    } catch (error) {
      await Promise.all(started.map((redis) => redis.stop()));
      throw error;
    }
  }

  /** The URL by which they are asked for the primary; `master`: another name than theirs. */
  url({ master = MASTER, query = '' } = {}): string {
    const hosts = this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `redis-sentinel://${hosts}/${master}${query}`;
  }

  /** Port of the server that the sentinels name as the primary. */
  async primaryPort(): Promise<number> {
    const [, port] = (await this.#first.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as string[];
    return Number(port);
  }

  /** Has the sentinels make the replica the primary, and the primary its replica; resolves when they have begun. */
  async failOver(): Promise<void> {
    await this.#first.call('SENTINEL', 'FAILOVER', MASTER);
  }

  /** Ends the primary, whichever it is now; it does not come back. */
  async killPrimary(): Promise<void> {
    const port = await this.primaryPort();
    this.#servers.find((server) => server.port === port)?.kill('SIGKILL');
  }

  /** Ends them all, and removes their data. */
  async stop(): Promise<void> {
    await Promise.all([...this.#servers, ...this.#sentinels].map((redis) => redis.stop()));
  }

  get #first(): Redis {
    const [first] = this.#clients;
    if (first === undefined) throw new Error('there is no sentinel');
    return first;
  }

  /** Of each sentinel, whether it knows the others and the replica. */
  #settled(): Promise<boolean[]> {
    return Promise.all(
      this.#clients.map(async (client) => {
        const fields = (await client.call('SENTINEL', 'MASTER', MASTER)) as string[];
        const numberOf = (name: string) => Number(fields[fields.indexOf(name) + 1]);
        return numberOf('num-slaves') === 1 && numberOf('num-other-sentinels') === SENTINELS - 1;
      }),
    );
  }
}
