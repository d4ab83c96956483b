import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { HostAndPort, RedisTarget } from '../config/redis-target.js';
import { RedisFaultError, RefusedByServiceError } from '../errors.js';
import { unansweredFaultOf } from './connection-faults.js';
import type { SlotRange } from './hash-slots.js';
import type { RedisSetting } from './redis-fault.js';
import { lineTo } from './server-line.js';

/** A master of a cluster, as some node sees it. */
export interface MasterView extends HostAndPort {
  /** The node's id, which stays with it. */
  readonly id: string;
  /** How new its claim to its hash slots is: of two masters that claim one, the cluster obeys that of the higher epoch. */
  readonly epoch: number;
  readonly ranges: readonly SlotRange[];
}

/** A cluster as one of its nodes sees it. */
export interface ClusterView {
  /** Those that have hash slots. */
  readonly masters: readonly MasterView[];
  /** All nodes, replicas too: any of them can be asked. */
  readonly nodes: readonly HostAndPort[];
}

/** How nodes are asked. */
export interface AskTerms {
  /** Part of the connection's name in CLIENT LIST. */
  readonly role: string;
  /** Deadline of one command, and of coming up, in milliseconds. */
  readonly deadlineMs: number;
  readonly setting: RedisSetting;
}

type NodeReply = [host: string | null, port: number, id: string, others?: readonly string[]];

/** How long a node has to tell before the next one is asked as well, in milliseconds. */
const HEAD_START_MS = 200;

/** What stands in place of the host of a node that was given no name, where nodes are to be called by name. */
const NO_NAME = '?';

/**
 * How the node that a connection leads to sees its cluster. `at`: where it was reached, for nodes that don't know their
 * own host.
 * @throws what Redis throws; RedisFaultError where the node says that the cluster is down, since its view is then old
 */
export async function viewOf(redis: Redis, at: HostAndPort, setting: RedisSetting): Promise<ClusterView> {
  // ioredis' types know neither of a host that is null, nor that each range has a master, nor what NODES answers.
  const [slots, info, lines] = (await Promise.all([
    redis.cluster('SLOTS'),
    redis.cluster('INFO'),
    redis.cluster('NODES'),
  ])) as unknown as [
    [from: number, to: number, master: NodeReply, ...replicas: NodeReply[]][],
    string,
    string,
  ];
  if (!/^cluster_state:ok/m.test(info)) {
    const meaning = 'is a Redis Cluster that is down: a part of its hash slots has no master';
    throw new RedisFaultError(setting, { code: 'CLUSTERDOWN', meaning });
  }
  const placeOf = ([host, port, , others = []]: NodeReply): HostAndPort => ({
    host: (host === NO_NAME ? others[others.indexOf('ip') + 1] : host) || at.host,
    port,
  });
  const epochs = epochsOf(lines);
  const masters = new Map<string, MasterView & { readonly ranges: SlotRange[] }>();
  const nodes = new Map<string, HostAndPort>();
  for (const [from, to, ...members] of slots) {
    for (const member of members) nodes.set(member[2], placeOf(member));
    const [master] = members;
    const id = master[2];
    const known = masters.get(id) ?? { ...placeOf(master), id, epoch: epochs.get(id) ?? 0, ranges: [] };
    known.ranges.push([from, to]);
    masters.set(id, known);
  }
  return { masters: [...masters.values()], nodes: [...nodes.values()] };
}

/** The epoch of each node, by its id, in an answer to CLUSTER NODES. */
function epochsOf(lines: string): ReadonlyMap<string, number> {
  const nodes = lines.split('\n').map((line) => line.split(' '));
  return new Map(nodes.map(([id = '', , , , , , epoch]) => [id, Number(epoch)]));
}

/** Asks a node by a connection that is made for it and closed again. @throws as {@link viewOf}, and why it can't be reached */
export async function askNode(
  at: HostAndPort,
  target: RedisTarget,
  { deadlineMs, role, setting }: AskTerms,
): Promise<ClusterView> {
  const client = new Redis({
    ...lineTo(at, target),
    lazyConnect: true,
    connectionName: `hybrid-sync-${role}-cluster`,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    replyMapping: 'legacy',
  });
  let failure: Error | undefined;
  let agreed = false;
  client.on('connect', () => {
    agreed = true;
  });
  client.on('error', (error: Error) => {
    const broken = agreed ? unansweredFaultOf(error, target.tls) : undefined;
    failure ??= broken ? new RedisFaultError(setting, broken) : error;
  });
  try {
    await client.connect();
    return await viewOf(client, at, setting);
  } catch (error) {
    throw failure ?? error;
  } finally {
    client.disconnect();
  }
}

/**
 * Asks one node after the other, until one tells. One that takes its time is not waited for: the next one is asked beside it.
 * @throws why none did: what a node answered, where one did
 */
export async function firstView(asks: readonly (() => Promise<ClusterView>)[]): Promise<ClusterView> {
  let failure: unknown = new Error('no node of the cluster is known');
  let view: ClusterView | undefined;
  const underWay = new Set<Promise<void>>();
  for (const ask of asks) {
    const asked = ask()
      .then(
        (seen) => {
          view ??= seen;
        },
        (error: unknown) => {
          if (!(failure instanceof RefusedByServiceError)) failure = error;
        },
      )
      .finally(() => underWay.delete(asked));
    underWay.add(asked);
    const ended = new AbortController();
    const { signal } = ended;
    await Promise.race([...underWay, delay(HEAD_START_MS, undefined, { signal }).catch(() => undefined)]);
    ended.abort();
    if (view !== undefined) return view;
  }
  while (view === undefined && underWay.size > 0) await Promise.race(underWay);
  if (view !== undefined) return view;
  throw failure;
}
