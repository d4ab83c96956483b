import type { Redis } from 'ioredis';
import { waitUntil } from '../process/wait-until.js';
import { OwnRedis, type OwnRedisOptions } from './own-redis.js';

/** Name of the master that the sentinels watch. */
const MASTER = 'main';
const SENTINELS = 3;
/** A failover that takes longer is given up, and another one begins at the earliest after twice that, in milliseconds. */
const FAILOVER_MS = 5000;
/** All of them on one machine: none needs more. */
const MEMORY = '64mb';
/** How long it may take until they know each other, in milliseconds. */
const READY_MS = 30_000;

/** What {@link OwnSentinels} are started with. */
export interface OwnSentinelsOptions {
  /** What the sentinels ask for; nothing unless given. */
  readonly password?: string;
  /** Replicas of the primary; 1 unless given. */
  readonly replicas?: number;
  /** A server that gives no answer for so long is down, in milliseconds; 1000 unless given. */
  readonly downAfterMs?: number;
  /** Whether all reach the servers by lines, see {@link OwnRedisOptions.line}. */
  readonly lines?: boolean;
  /** Folder of their logs, which are gone with them unless given. */
  readonly logs?: string;
  /** Told when one ends and nobody had asked for it. */
  readonly onUnexpectedExit?: (message: string) => void;
}

/** A primary with replicas, and three sentinels that watch them, of a test's own. */
export class OwnSentinels {
  /** The primary and its replicas, whichever is which. */
  readonly servers: readonly OwnRedis[];
  readonly #sentinels: readonly OwnRedis[];
  readonly #clients: readonly Redis[];

  private constructor(servers: readonly OwnRedis[], sentinels: readonly OwnRedis[]) {
    this.servers = servers;
    this.#sentinels = sentinels;
    this.#clients = sentinels.map((sentinel) => sentinel.client());
  }

  /** Starts them; resolves when every sentinel knows the replicas and the others. */
  static async start({
    password,
    replicas = 1,
    downAfterMs = 1000,
    lines,
    logs,
    onUnexpectedExit,
  }: OwnSentinelsOptions = {}): Promise<OwnSentinels> {
    const started: OwnRedis[] = [];
    let number = 0;
    const start = async (options: OwnRedisOptions) => {
      const redis = await OwnRedis.start({ ...options, name: `redis-${++number}`, logs, onUnexpectedExit });
      started.push(redis);
      return redis;
    };
    try {
      const settings = { appendonly: 'yes', maxmemory: MEMORY };
      const line = lines ? ({ line: 'of a replica' } as const) : {};
      const primary = await start({ settings, ...line });
      const servers = [primary];
      for (let replica = 0; replica < replicas; replica++) {
        servers.push(
          await start({ settings: { ...settings, replicaof: `127.0.0.1 ${primary.toldPort}` }, ...line }),
        );
      }
      const sentinel = [
        `sentinel monitor ${MASTER} 127.0.0.1 ${primary.toldPort} 2`,
        `sentinel down-after-milliseconds ${MASTER} ${downAfterMs}`,
        `sentinel failover-timeout ${MASTER} ${FAILOVER_MS}`,
        ...(password === undefined ? [] : [`sentinel sentinel-pass ${password}`]),
      ].join('\n');
      const sentinels = await Promise.all(
        Array.from({ length: SENTINELS }, () => start({ sentinel, ...(password && { password }) })),
      );
      const own = new OwnSentinels(servers, sentinels);
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

  /** The server that the sentinels name as the primary. */
  async primary(): Promise<OwnRedis | undefined> {
    const port = await this.primaryPort();
    return this.servers.find(({ toldPort }) => toldPort === port);
  }

  /** Has the sentinels make a replica the primary, and the primary its replica; resolves when they have begun. */
  async failOver(): Promise<void> {
    await this.#first.call('SENTINEL', 'FAILOVER', MASTER);
  }

  /** Ends the primary, whichever it is now; it does not come back. */
  async killPrimary(): Promise<void> {
    (await this.primary())?.kill('SIGKILL');
  }

  /** Ends them all, and removes their data. */
  async stop(): Promise<void> {
    await Promise.all([...this.servers, ...this.#sentinels].map((redis) => redis.stop()));
  }

  get #first(): Redis {
    const [first] = this.#clients;
    if (first === undefined) throw new Error('there is no sentinel');
    return first;
  }

  /** Of each sentinel, whether it knows the others and the replicas. */
  #settled(): Promise<boolean[]> {
    return Promise.all(
      this.#clients.map(async (client) => {
        const fields = (await client.call('SENTINEL', 'MASTER', MASTER)) as string[];
        const numberOf = (name: string) => Number(fields[fields.indexOf(name) + 1]);
        return (
          numberOf('num-slaves') === this.servers.length - 1 &&
          numberOf('num-other-sentinels') === SENTINELS - 1
        );
      }),
    );
  }
}
