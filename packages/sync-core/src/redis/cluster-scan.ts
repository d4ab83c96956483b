import { createHash, randomInt } from 'node:crypto';
import { firstWithout, HASH_SLOTS, joined, type SlotRange, without } from './hash-slots.js';
import {
  type ClusterPosition,
  cursorOf,
  type KeyFilter,
  positionOf,
  randomCursor,
  scanArguments,
} from './scan-cursor.js';
import type { ScriptedRedis } from './scripts.js';

/** Where masters are found. */
export interface Masters {
  /** The master of this id; undefined where it is none (any more). */
  byId(id: string): ScriptedRedis | undefined;
  /** The master of a hash slot, and its id. @throws RedisFaultError where none has it */
  ofSlot(slot: number): { readonly id: string; readonly redis: ScriptedRedis };
}

/** A node, as its own line of CLUSTER NODES tells. */
export interface ScannedNode {
  /**
   * Changes with whatever makes a SCAN of it miss keys: a start of its server, and hash slots that came or went. One
   * that comes raises the node's epoch, and so does a failover.
   */
  readonly mark: string;
  /** Hash slots whose keys are all here. */
  readonly whole: readonly SlotRange[];
  /** Hash slots that are being moved from here, each with the id of the node that it goes to. */
  readonly leaving: ReadonlyMap<number, string>;
  /** Hash slots that are being moved here. */
  readonly coming: readonly number[];
}

/**
 * One page of the names of all keys of a cluster, whose masters are scanned one after the other:
 *
 *   the master of the first hash slot that is not done ─▶ scanned, page by page ─▶ its hash slots are done ─▶ the next
 *        ▲                                                      │
 *        └── it is no master, or not as it was at its beginning ┘
 *
 * A hash slot that is being moved is not done with its master: some of its keys are at the one that it goes to, which is
 * scanned after it; so a move that nobody ends does not make the scan endless. Whatever moves meanwhile, a key that is there
 * all the time is named; some are named twice.
 * @throws InvalidInputError for a cursor that it did not give; what Redis throws, or an Error where a node tells of the
 *   cluster what can't be followed now, for the store's own boundary
 */
export async function scanCluster(
  masters: Masters,
  cursor: string,
  filter: KeyFilter,
): Promise<[cursor: string, names: string[]]> {
  const { done, left, part } = positionOf(cursor);
  const slot = firstWithout([...done, ...left]) ?? firstWithout(done);
  if (slot === undefined) return ['0', []];
  const known = part && masters.byId(part.node);
  if (part !== undefined && known !== undefined) return page(known, { done, left, part }, filter);
  const { id, redis } = await masterToScan(masters, slot, left);
  const { mark } = await stateOf(redis);
  return page(redis, { done, left, part: { node: id, mark, cursor: '0' } }, filter);
}

/** A cursor at some place of a cluster: the more hash slots a master has, the likelier it is there. */
export async function randomCursorOf(masters: Masters): Promise<string> {
  const { id, redis } = masters.ofSlot(randomInt(HASH_SLOTS));
  const { mark } = await stateOf(redis);
  return cursorOf({ done: [], left: [], part: { node: id, mark, cursor: randomCursor() } });
}

/** The master of a hash slot, or the one that it is being moved to where that of its own was scanned. */
async function masterToScan(masters: Masters, slot: number, left: readonly SlotRange[]) {
  const own = masters.ofSlot(slot);
  if (!left.some(([from, to]) => from <= slot && slot <= to)) return own;
  const id = (await stateOf(own.redis)).leaving.get(slot);
  if (id === undefined) return own;
  const redis = masters.byId(id);
  if (redis !== undefined) return { id, redis };
  throw new Error('a hash slot is being moved to a node that has no hash slot yet');
}

async function page(
  redis: ScriptedRedis,
  { done, left, part }: Required<ClusterPosition>,
  filter: KeyFilter,
): Promise<[cursor: string, names: string[]]> {
  const [[next, names], { mark, whole, leaving, coming }] = await Promise.all([
    redis.scan(part.cursor, ...scanArguments(filter)),
    stateOf(redis),
  ]);
  if (mark !== part.mark) return [cursorOf({ done, left }), names];
  if (next !== '0') return [cursorOf({ done, left, part: { ...part, cursor: next } }), names];
  const arrived = coming.filter((slot) => left.some(([from, to]) => from <= slot && slot <= to));
  const nowDone = joined([...done, ...whole, ...arrived.map(only)]);
  const nowLeft = joined([...left, ...[...leaving.keys()].map(only)]);
  return [firstWithout(nowDone) === undefined ? '0' : cursorOf({ done: nowDone, left: nowLeft }), names];
}

async function stateOf(redis: ScriptedRedis): Promise<ScannedNode> {
  const nodes = String(await redis.cluster('NODES'));
  return scannedNode(nodes, redis.run ?? '');
}

/** What a node says of itself in `nodes`, its answer to CLUSTER NODES; `run`: which run of the server it is. */
export function scannedNode(nodes: string, run: string): ScannedNode {
  const own = nodes.split('\n').find((line) => / (?:\S+,)?myself[, ]/.test(line));
  if (own === undefined) throw new Error('a node does not know itself');
  const [id, , , , , , epoch, , ...slots] = own.trim().split(' ');
  const moves = slots.flatMap((slot) => {
    const [, moving, way, to = ''] = /^\[(\d+)-([<>])-(\w+)\]$/.exec(slot) ?? [];
    return moving === undefined ? [] : [{ slot: Number(moving), leaves: way === '>', to }];
  });
  const leaving = new Map(moves.flatMap(({ slot, leaves, to }) => (leaves ? [[slot, to]] : [])));
  const ranges = slots
    .filter((slot) => /^\d/.test(slot))
    .map((slot): SlotRange => {
      const [from = 0, to = from] = slot.split('-').map(Number);
      return [from, to];
    });
  const mark = createHash('sha256').update(
    [run, id, epoch, ...slots.filter((slot) => /^\d/.test(slot))].join(' '),
  );
  return {
    mark: mark.digest('hex').slice(0, 16),
    whole: ranges.flatMap((range) => without(range, new Set(leaving.keys()))),
    leaving,
    coming: moves.flatMap(({ slot, leaves }) => (leaves ? [] : slot)),
  };
}

function only(slot: number): SlotRange {
  return [slot, slot];
}
