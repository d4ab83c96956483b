import type { RedisTarget } from '../config/redis-target.js';
import { type RedisRefusal, refusalOf } from '../redis-refusal.js';

/** What only a node of a cluster answers: it says nothing against the connection to it. */
const OF_CLUSTERS: ReadonlySet<string> = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CROSSSLOT', 'CLUSTERDOWN']);

/** Those by which hash slots may have other masters; not those of one that is being moved, which come as long as it is. */
const MAYBE_MOVED: ReadonlySet<string> = new Set(['MOVED', 'CLUSTERDOWN']);

/** What an answer says of the server that a connection leads to. */
export type AnswerMeaning =
  /** It can't be used any more: the connection is to be made anew. */
  | { readonly refusal: RedisRefusal }
  /** Hash slots may have other masters now. */
  | 'moved'
  | undefined;

/** What an error that Redis answered says of the server; undefined where it is about the command alone. */
export function meaningOf(error: Error, { cluster, address }: RedisTarget): AnswerMeaning {
  const refusal = refusalOf(error);
  if (refusal === undefined) return undefined;
  const ofCluster = cluster && OF_CLUSTERS.has(refusal.code);
  // A connection that leads to wherever a hash slot is has to follow it; the others of this node are still here.
  const follows = ofCluster ? refusal.code === 'MOVED' && 'nodes' in address : refusal.anew;
  if (follows) return { refusal };
  return cluster && MAYBE_MOVED.has(refusal.code) ? 'moved' : undefined;
}
