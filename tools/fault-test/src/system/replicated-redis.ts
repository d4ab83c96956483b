import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { faketimeEnv, findFaketime } from '@hybrid-sync/services';
import type { ServiceLine } from '@hybrid-sync/services/line';
import { OwnCluster } from '@hybrid-sync/services/own-cluster';
import type { OwnRedis } from '@hybrid-sync/services/own-redis';
import { OwnSentinels } from '@hybrid-sync/services/own-sentinels';
import type { Redis } from 'ioredis';
import { awaitCondition } from './await-condition.js';
import { type RedisUnderFault, withRedis } from './redis-under-fault.js';
import { REPLICAS, type Topology } from './topology.js';

/** A server that gives no answer for so long is replaced, in milliseconds; more than a busy machine lets one wait. */
const DOWN_AFTER_MS = 5000;
/** How long a failover, or a replica's getting in step, may take, in milliseconds. */
const DONE_WITHIN_MS = 60_000;

/** Servers of which some are masters and the others their replicas, whoever watches over them. */
interface Group {
  readonly url: string;
  readonly servers: readonly OwnRedis[];
  /** As those who watch say. */
  masters(): Promise<OwnRedis[]>;
  /** Has a replica take a master's place in good order. */
  failOver(master: OwnRedis): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of masters and replicas, behind sentinels or as a cluster. All but sentinels, and a cluster's nodes, reach each server by its line. */
export class ReplicatedRedis implements RedisUnderFault {
  readonly topology: Exclude<Topology, 'single'>;
  /** The cluster, where it is one. */
  readonly cluster: OwnCluster | undefined;
  readonly #group: Group;
  readonly #masters: number;
  readonly #aheadMs = new Map<OwnRedis, number>();
  /** The master behind sentinels, once there was a failover. */
  #primary: OwnRedis | undefined;

  private constructor(own: OwnSentinels | OwnCluster) {
    const isCluster = own instanceof OwnCluster;
    this.topology = isCluster ? 'cluster' : 'sentinel';
    this.cluster = isCluster ? own : undefined;
    this.#group = isCluster ? groupOfCluster(own) : groupOfSentinels(own);
    this.#masters = isCluster ? this.#group.servers.length / 2 : 1;
  }

  /** Starts it; its logs go below the folder's. */
  static async start(topology: Exclude<Topology, 'single'>, folder: string): Promise<ReplicatedRedis> {
    const logs = join(folder, 'logs', 'redis');
    await mkdir(logs, { recursive: true, mode: 0o700 });
    const options = { downAfterMs: DOWN_AFTER_MS, lines: true, logs };
    return new ReplicatedRedis(
      topology === 'cluster'
        ? await OwnCluster.start(options)
        : await OwnSentinels.start({ ...options, replicas: REPLICAS.sentinel }),
    );
  }

  get appsUrl(): string {
    return this.#group.url;
  }

  get ownUrl(): string {
    return this.#group.url;
  }

  get lines(): readonly ServiceLine[] {
    return this.#group.servers.map(lineOf);
  }

  aheadMs(port: number | undefined): number {
    const ofPort = () => this.#group.servers.find(({ toldPort }) => toldPort === port);
    const master = this.cluster === undefined ? this.#primary : ofPort();
    return (master && this.#aheadMs.get(master)) ?? 0;
  }

  async withMasters<T>(work: (redis: Redis) => Promise<T>): Promise<T[]> {
    return Promise.all((await this.#group.masters()).map(({ url }) => withRedis(url, work)));
  }

  /** One of the masters; `which`: a share below 1. */
  async master(which: number): Promise<OwnRedis> {
    const masters = await this.#group.masters();
    const chosen = masters[Math.floor(which * masters.length)];
    if (chosen === undefined) throw new Error('Redis has no master');
    return chosen;
  }

  /** The master whose clock is another one than this machine's. */
  async masterOfOtherClock(): Promise<OwnRedis> {
    const master = (await this.#group.masters()).find((each) => this.#aheadMs.get(each));
    if (master === undefined) throw new Error('all masters have the clock of this machine');
    return master;
  }

  /** A name for people. */
  nameOf(server: OwnRedis): string {
    return `redis-${this.#group.servers.indexOf(server) + 1}`;
  }

  /** Has a replica take a master's place, as an operator does; resolves when it has. */
  async failOver(master: OwnRedis, signal: AbortSignal): Promise<OwnRedis[]> {
    await this.#group.failOver(master);
    return this.takenOver(master, signal);
  }

  /** Waits until there are as many masters as ever without this server. @returns them */
  async takenOver(lost: OwnRedis, signal: AbortSignal): Promise<OwnRedis[]> {
    let others: OwnRedis[] = [];
    const replaced = async () => {
      others = (await this.#group.masters()).filter((master) => master !== lost);
      return others.length === this.#masters;
    };
    await awaitCondition(`a replica took the place of ${this.nameOf(lost)}`, replaced, {
      timeoutMs: DONE_WITHIN_MS,
      everyMs: 50,
      signal,
    });
    if (this.topology === 'sentinel') this.#primary = others[0];
    return others;
  }

  /** No replica gets anything more of this master, though it knows of them. */
  async cutReplicas(master: OwnRedis): Promise<void> {
    await withRedis(master.url, async (redis) => {
      await redis.acl('SETUSER', 'default', '-psync', '-sync');
      await redis.client('KILL', 'TYPE', 'REPLICA');
    });
  }

  /** Gives the replicas of all masters a clock that is ahead by so much; below 0 for behind. They are started anew. */
  async setReplicasClock(aheadMs: number, signal: AbortSignal): Promise<void> {
    const env = aheadMs === 0 ? {} : faketimeEnv(await findFaketime(signal), aheadMs);
    const masters = await this.#group.masters();
    const differs = (server: OwnRedis) => (this.#aheadMs.get(server) ?? 0) !== aheadMs;
    for (const replica of this.#group.servers.filter((each) => !masters.includes(each) && differs(each))) {
      replica.kill('SIGKILL');
      await replica.startAgain(env);
      this.#aheadMs.set(replica, aheadMs);
    }
    await this.whole(signal);
  }

  /** Waits until all servers run, as many masters as ever, and each other one in step with one of them. */
  async whole(signal: AbortSignal): Promise<void> {
    const isWhole = async () => {
      const masters = await this.#group.masters();
      const ports = masters.map(({ toldPort }) => toldPort);
      const follows = async ({ url }: OwnRedis) => {
        const info = await withRedis(url, (redis) => redis.info('replication'));
        const port = Number(/^master_port:(\d+)/m.exec(info)?.[1]);
        return /^master_link_status:up/m.test(info) && ports.includes(port);
      };
      const others = this.#group.servers.filter((server) => !masters.includes(server));
      return masters.length === this.#masters && (await Promise.all(others.map(follows))).every(Boolean);
    };
    await awaitCondition('every replica of Redis is in step', isWhole, {
      timeoutMs: DONE_WITHIN_MS,
      everyMs: 250,
      signal,
    });
  }

  stop(): Promise<void> {
    return this.#group.stop();
  }
}

/** The line by which all others reach a server. */
export function lineOf({ line }: OwnRedis): ServiceLine {
  if (line === undefined) throw new Error('the server has no line');
  return line;
}

function groupOfSentinels(own: OwnSentinels): Group {
  return {
    url: own.url(),
    servers: own.servers,
    masters: async () => {
      const primary = await own.primary();
      return primary === undefined ? [] : [primary];
    },
    failOver: () => own.failOver(),
    stop: () => own.stop(),
  };
}

function groupOfCluster(own: OwnCluster): Group {
  return {
    url: own.url,
    servers: own.servers,
    masters: async () => (await own.masters()).map(({ server }) => server),
    failOver: async (master) => {
      const known = (await own.masters()).find(({ server }) => server === master);
      if (known === undefined) throw new Error('the server is no master');
      await own.failOverMaster(known.id);
    },
    stop: () => own.stop(),
  };
}
