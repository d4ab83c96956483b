import { createHash } from 'node:crypto';
import { CacheUnavailableError } from '../errors.js';
import { firstWithout, joined, type SlotRange, without } from './hash-slots.js';
import { type ClusterPosition, cursorOf, type KeyFilter, positionOf, scanArguments } from './scan-cursor.js';
import type { ScriptedRedis } from './scripts.js';

/** Where masters are found. */
export interface Masters {
  /** The master of this id; undefined where it is none (any more). */
  byId(id: string): ScriptedRedis | undefined;
  /** The master of a hash slot, and its id. @throws RedisFaultError where none has it */
  ofSlot(slot: number): { readonly id: string; readonly redis: ScriptedRedis };
}

/** A node, as its own line of CLUSTER NODES tells. */
export interface NodeState {
  /**
   * Changes with whatever makes a SCAN of it miss keys: a start of its server, and hash slots that came or went. One
   * that comes raises the node's epoch, and so does a failover.
   */
  readonly mark: string;
  /** Hash slots whose keys are all here. */
  readonly whole: readonly SlotRange[];
}

/**
 * One page of the names of all keys of a cluster, whose masters are scanned one after the other:
 *
 *   the master of the first hash slot that is not done ─▶ scanned, page by page ─▶ its hash slots are done ─▶ the next
 *        ▲                                                      │
 *        └── it is no master, or not as it was at its beginning ┘
 *
 * A hash slot that is being moved is not done with its master: some of its keys are elsewhere. So whatever moves
 * meanwhile, a key that is there all the time is named; some are named twice.
 */
export async function scanCluster(
  masters: Masters,
  cursor: string,
  filter: KeyFilter,
): Promise<[cursor: string, names: string[]]> {
  const { done, part } = positionOf(cursor);
  const slot = firstWithout(done);
  if (slot === undefined) return ['0', []];
  const known = part && masters.byId(part.node);
  if (part === undefined || known === undefined) {
    const { id, redis } = masters.ofSlot(slot);
    const { mark } = await stateOf(redis);
    return page(redis, { done, part: { node: id, mark, cursor: '0' } }, filter);
  }
  return page(known, { done, part }, filter);
}

async function page(
  redis: ScriptedRedis,
  { done, part }: Required<ClusterPosition>,
  filter: KeyFilter,
): Promise<[cursor: string, names: string[]]> {
  const [[next, names], { mark, whole }] = await Promise.all([
    redis.scan(part.cursor, ...scanArguments(filter)),
    stateOf(redis),
  ]);
  if (mark !== part.mark) return [cursorOf({ done }), names];
  if (next !== '0') return [cursorOf({ done, part: { ...part, cursor: next } }), names];
  const nowDone = joined([...done, ...whole]);
  return [firstWithout(nowDone) === undefined ? '0' : cursorOf({ done: nowDone }), names];
}

async function stateOf(redis: ScriptedRedis): Promise<NodeState> {
  const nodes = String(await redis.cluster('NODES'));
  return nodeState(nodes, redis.run ?? '');
}

/** What a node says of itself in `nodes`, its answer to CLUSTER NODES; `run`: which run of the server it is. */
export function nodeState(nodes: string, run: string): NodeState {
  const own = nodes.split('\n').find((line) => / (?:\S+,)?myself[, ]/.test(line));
  if (own === undefined)
    throw new CacheUnavailableError('scanning keys', new Error('a node does not know itself'));
  const [id, , , , , , epoch, , ...slots] = own.trim().split(' ');
  const moving = new Set(slots.flatMap((slot) => /^\[(\d+)-/.exec(slot)?.[1] ?? []).map(Number));
  const ranges = slots
    .filter((slot) => /^\d/.test(slot))
    .map((slot): SlotRange => {
      const [from = 0, to = from] = slot.split('-').map(Number);
      return [from, to];
    });
  const mark = createHash('sha256').update(
    [run, id, epoch, ...slots.filter((slot) => /^\d/.test(slot))].join(' '),
  );
  return { mark: mark.digest('hex').slice(0, 16), whole: ranges.flatMap((range) => without(range, moving)) };
}
