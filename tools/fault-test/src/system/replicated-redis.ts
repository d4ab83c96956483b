import { clockEnv } from '@hybrid-sync/services';
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

/** A Redis of masters and replicas, behind sentinels or as a cluster. All but sentinels, and a cluster's nodes, reach each server by its line. */
export class ReplicatedRedis implements RedisUnderFault {
  readonly topology: Exclude<Topology, 'single'>;
  /** The cluster, where it is one. */
  readonly cluster: OwnCluster | undefined;
  readonly #own: OwnSentinels | OwnCluster;
  readonly #masters: number;
  readonly #aheadMs = new Map<OwnRedis, number>();
  /** The master behind sentinels, once there was a failover. */
  #primary: OwnRedis | undefined;

  private constructor(own: OwnSentinels | OwnCluster) {
    const isCluster = own instanceof OwnCluster;
    this.topology = isCluster ? 'cluster' : 'sentinel';
    this.cluster = isCluster ? own : undefined;
    this.#own = own;
    this.#masters = isCluster ? own.servers.length / 2 : 1;
  }

  /** Starts it. `logs`: folder of the servers' logs. */
  static async start(
    topology: Exclude<Topology, 'single'>,
    logs: string,
    onUnexpectedExit: (message: string) => void,
  ): Promise<ReplicatedRedis> {
    const options = { downAfterMs: DOWN_AFTER_MS, lines: true, logs, onUnexpectedExit };
    return new ReplicatedRedis(
      topology === 'cluster'
        ? await OwnCluster.start(options)
        : await OwnSentinels.start({ ...options, replicas: REPLICAS.sentinel }),
    );
  }

  get appsUrl(): string {
    return this.#own instanceof OwnCluster ? this.#own.url : this.#own.url();
  }

  get ownUrl(): string {
    return this.appsUrl;
  }

  get lines(): readonly ServiceLine[] {
    return this.#own.servers.map(lineOf);
  }

  aheadMs(port: number | undefined): number {
    const ofPort = () => this.#own.servers.find(({ toldPort }) => toldPort === port);
    const master = this.cluster === undefined ? this.#primary : ofPort();
    return (master && this.#aheadMs.get(master)) ?? 0;
  }

  async withMasters<T>(work: (redis: Redis) => Promise<T>): Promise<T[]> {
    return Promise.all((await this.#mastersNow()).map(({ url }) => withRedis(url, work)));
  }

  /** One of the masters; `which`: a share below 1. */
  async master(which: number): Promise<OwnRedis> {
    const masters = await this.#mastersNow();
    const chosen = masters[Math.floor(which * masters.length)];
    if (chosen === undefined) throw new Error('Redis has no master');
    return chosen;
  }

  /** The master whose clock is another one than this machine's. */
  async masterOfOtherClock(): Promise<OwnRedis> {
    const master = (await this.#mastersNow()).find((each) => this.#aheadMs.get(each));
    if (master === undefined) throw new Error('all masters have the clock of this machine');
    return master;
  }

  /** Has a replica take a master's place, as an operator does; resolves when it has. */
  async failOver(master: OwnRedis, signal: AbortSignal): Promise<OwnRedis[]> {
    await (this.#own instanceof OwnCluster ? this.#own.failOverServer(master) : this.#own.failOver());
    return this.takenOver(master, signal);
  }

  /** Waits until there are as many masters as ever without this server. @returns them */
  async takenOver(lost: OwnRedis, signal: AbortSignal): Promise<OwnRedis[]> {
    let others: OwnRedis[] = [];
    const replaced = async () => {
      others = (await this.#mastersNow()).filter((master) => master !== lost);
      return others.length === this.#masters;
    };
    await awaitCondition(`a replica took the place of ${lost.name}`, replaced, {
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
    const env = await clockEnv(aheadMs, signal);
    const masters = await this.#mastersNow();
    const differs = (server: OwnRedis) => (this.#aheadMs.get(server) ?? 0) !== aheadMs;
    for (const replica of this.#own.servers.filter((each) => !masters.includes(each) && differs(each))) {
      replica.kill('SIGKILL');
      await replica.startAgain(env);
      this.#aheadMs.set(replica, aheadMs);
    }
    await this.whole(signal);
  }

  /** Waits until all servers run, as many masters as ever, and each other one in step with one of them. */
  async whole(signal: AbortSignal): Promise<void> {
    const isWhole = async () => {
      const masters = await this.#mastersNow();
      const ports = masters.map(({ toldPort }) => toldPort);
      const follows = async ({ url }: OwnRedis) => {
        const info = await withRedis(url, (redis) => redis.info('replication'));
        const port = Number(/^master_port:(\d+)/m.exec(info)?.[1]);
        return /^master_link_status:up/m.test(info) && ports.includes(port);
      };
      const others = this.#own.servers.filter((server) => !masters.includes(server));
      return masters.length === this.#masters && (await Promise.all(others.map(follows))).every(Boolean);
    };
    await awaitCondition('every replica of Redis is in step', isWhole, {
      timeoutMs: DONE_WITHIN_MS,
      everyMs: 250,
      signal,
    });
  }

  stop(): Promise<void> {
    return this.#own.stop();
  }

  /** The masters, as those who watch say. */
  async #mastersNow(): Promise<OwnRedis[]> {
    if (this.#own instanceof OwnCluster) return (await this.#own.masters()).map(({ server }) => server);
    const primary = await this.#own.primary();
    return primary === undefined ? [] : [primary];
  }
}

/** The line by which all others reach a server. */
export function lineOf({ line }: OwnRedis): ServiceLine {
  if (line === undefined) throw new Error('the server has no line');
  return line;
}
