import { setTimeout as delay } from 'node:timers/promises';
import getPort from 'get-port';
import type { Redis } from 'ioredis';
import { waitUntil } from '../process/wait-until.js';
import { nodesOf, ownLine } from './cluster-nodes.js';
import type { OwnCertificates } from './own-certificates.js';
import { OwnRedis } from './own-redis.js';

const MASTERS = 3;
const HASH_SLOTS = 16384;
/** All of them on one machine: none needs more. */
const MEMORY = '64mb';
/** How long it may take until they know each other, or agree on a change, in milliseconds. */
const READY_MS = 30_000;

/** Longest wait for a node's answer, in milliseconds: one may be frozen. */
const ANSWER_MS = 5000;
/** The same for who it is: others have taken its place long before. */
const ROLE_MS = 500;

/** What an {@link OwnCluster} is started with. */
export interface OwnClusterOptions {
  /** A node that gives no answer for so long has failed, in milliseconds; 1000 unless given. */
  readonly downAfterMs?: number;
  /** Whether clients and replicas reach the nodes by lines, see {@link OwnRedisOptions.line}; nodes talk past them. */
  readonly lines?: boolean;
  /** Folder of their logs, which are gone with them unless given. */
  readonly logs?: string;
  /** Told when one ends and nobody had asked for it. */
  readonly onUnexpectedExit?: (message: string) => void;
  /** What they speak TLS with, to clients and to each other; not at all unless given. */
  readonly tls?: OwnCertificates;
}

/** A master of the cluster, as it is now. */
export interface OwnMaster {
  readonly server: OwnRedis;
  readonly id: string;
  /** A client of it, which stays its own. */
  readonly client: Redis;
}

/** A Redis Cluster of three masters with a replica each, of a test's own. */
export class OwnCluster {
  /** Its nodes, whichever are masters. */
  readonly servers: readonly OwnRedis[];
  readonly #clients = new Map<OwnRedis, Redis>();

  private constructor(nodes: readonly OwnNode[]) {
    this.servers = nodes.map(({ server }) => server);
    for (const server of this.servers) {
      this.#clients.set(server, server.client({ commandTimeout: ANSWER_MS }));
    }
  }

  /** Starts them; resolves when all are one cluster, each master with a replica. */
  static async start(options: OwnClusterOptions = {}): Promise<OwnCluster> {
    const started: OwnNode[] = [];
    try {
      for (let node = 1; node <= 2 * MASTERS; node++) started.push(await startNode(node, options));
      const own = new OwnCluster(started);
      await own.#join(started[0]?.busPort ?? 0);
      return own;
    } catch (error) {
      await Promise.all(started.map(({ server }) => server.stop()));
      throw error;
    }
  }

  /** The URL that names two of its nodes; of one that speaks TLS without the files that a client needs. */
  get url(): string {
    const named = this.servers.slice(0, 2);
    const scheme = named.some(({ tlsPort }) => tlsPort !== undefined) ? 'rediss-cluster' : 'redis-cluster';
    return `${scheme}://${named.map(({ toldPort, tlsPort }) => `127.0.0.1:${tlsPort ?? toldPort}`).join(',')}`;
  }

  /** Its masters now. */
  async masters(): Promise<OwnMaster[]> {
    const masters = await Promise.all(
      [...this.#clients].map(async ([server, client]) => {
        const told = ownLine(client).catch(() => undefined);
        const own = await Promise.race([told, delay(ROLE_MS, undefined, { ref: false })]);
        return own?.flags.includes('master') && own.slots.length > 0 ? [{ server, id: own.id, client }] : [];
      }),
    );
    return masters.flat();
  }

  /** The master that has a key. @throws when none has */
  async masterOf(key: string): Promise<OwnMaster> {
    const masters = await this.masters();
    const [first] = masters;
    const slot = await first?.client.cluster('KEYSLOT', key);
    for (const master of masters) {
      const { slots } = await ownLine(master.client);
      if (slots.some(([from, to]) => from <= Number(slot) && Number(slot) <= to)) return master;
    }
    throw new Error(`no master has the key ${key}`);
  }

  /** Makes the replica of a key's master the master, at once and without a loss; resolves when it is. */
  async failOver(key: string): Promise<void> {
    await this.failOverServer((await this.masterOf(key)).server);
  }

  /** The same for the keys of a master. @throws when the server is none */
  async failOverServer(server: OwnRedis): Promise<void> {
    const id = (await this.masters()).find((master) => master.server === server)?.id;
    if (id === undefined) throw new Error('the server is no master');
    const replica = await this.#replicaOf(id);
    await replica.cluster('FAILOVER');
    await until(async () => (await ownLine(replica)).flags.includes('master'), 'the replica took over');
  }

  /** Ends the master of a key, which does not come back. */
  async killMasterOf(key: string): Promise<void> {
    const { server } = await this.masterOf(key);
    server.kill('SIGKILL');
  }

  /**
   * Moves the hash slot of a key to another master, with all its keys. `meanwhile` runs once the slot is being moved and
   * half of its keys have gone.
   */
  async moveSlotOf(key: string, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const from = await this.masterOf(key);
    const to = (await this.masters()).find(({ id }) => id !== from.id);
    if (to === undefined) throw new Error('there is one master only');
    const slot = Number(await from.client.cluster('KEYSLOT', key));
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id);
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', to.id);
    const keys = (await from.client.cluster('GETKEYSINSLOT', slot, 1_000_000)) as string[];
    const move = (some: string[]) =>
      some.length === 0
        ? Promise.resolve()
        : from.client.migrate('127.0.0.1', to.server.tlsPort ?? to.server.port, '', 0, 5000, 'KEYS', ...some);
    await move(keys.slice(0, keys.length / 2));
    await meanwhile();
    await move((await from.client.cluster('GETKEYSINSLOT', slot, 1_000_000)) as string[]);
    for (const { client } of [to, from]) await client.cluster('SETSLOT', slot, 'NODE', to.id);
  }

  /** Ends them all, and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((redis) => redis.stop()));
  }

  async #join(firstBusPort: number): Promise<void> {
    const clients = [...this.#clients.values()];
    const masters = clients.slice(0, MASTERS);
    await Promise.all(
      masters.map((client, at) => {
        const from = Math.floor((at * HASH_SLOTS) / MASTERS);
        const to = Math.floor(((at + 1) * HASH_SLOTS) / MASTERS) - 1;
        return client.cluster('ADDSLOTSRANGE', from, to);
      }),
    );
    // Epochs of their own, or they would have to settle whose counts.
    await Promise.all(clients.map((client, at) => client.cluster('SET-CONFIG-EPOCH', at + 1)));
    const [first] = this.servers;
    for (const client of clients.slice(1)) {
      const port = first?.tlsPort ?? first?.toldPort;
      await client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(firstBusPort));
    }
    const known = async (client: Redis) => (await nodesOf(client)).length === clients.length;
    await until(
      async () => (await Promise.all(clients.map(known))).every(Boolean),
      'the nodes know each other',
    );
    const ids = await Promise.all(masters.map(async (client) => (await ownLine(client)).id));
    await Promise.all(clients.slice(MASTERS).map((client, at) => client.cluster('REPLICATE', ids[at] ?? '')));
    const ready = async (client: Redis) => {
      const [info, nodes] = [String(await client.cluster('INFO')), await nodesOf(client)];
      const replicas = nodes.filter(({ flags }) => flags.includes('slave'));
      return /cluster_state:ok/.test(info) && replicas.length === MASTERS;
    };
    await until(async () => (await Promise.all(clients.map(ready))).every(Boolean), 'the cluster is up');
    const inStep = async (client: Redis) => /master_link_status:up/.test(await client.info('replication'));
    await until(
      async () => (await Promise.all(clients.slice(MASTERS).map(inStep))).every(Boolean),
      'the replicas are in step',
    );
  }

  async #replicaOf(id: string): Promise<Redis> {
    for (const client of this.#clients.values()) {
      const own = await ownLine(client).catch(() => undefined);
      if (own?.master === id) return client;
    }
    throw new Error('the master has no replica');
  }
}

/** A node, and the port at which it talks with the others. */
interface OwnNode {
  readonly server: OwnRedis;
  readonly busPort: number;
}

/** Starts a node; its port for the cluster's own talk is free, too. */
async function startNode(
  number: number,
  { downAfterMs = 1000, lines, logs, tls, onUnexpectedExit }: OwnClusterOptions,
): Promise<OwnNode> {
  const port = await getPort({ host: '127.0.0.1' });
  const busPort = await getPort({ host: '127.0.0.1' });
  const server = await OwnRedis.start({
    name: `redis-${number}`,
    port,
    ...(lines && { line: 'of a node' }),
    ...(tls && { tls }),
    ...{ logs, onUnexpectedExit },
    settings: {
      ...(tls && { 'tls-cluster': 'yes', 'tls-replication': 'yes' }),
      'cluster-enabled': 'yes',
      'cluster-port': String(busPort),
      ...(lines && { 'cluster-announce-bus-port': String(busPort) }),
      'cluster-node-timeout': String(downAfterMs),
      'cluster-replica-validity-factor': '0',
      appendonly: 'yes',
      maxmemory: MEMORY,
    },
  });
  return { server, busPort };
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  if (!(await waitUntil(holds, READY_MS))) throw new Error(`not in time: ${what}`);
}
