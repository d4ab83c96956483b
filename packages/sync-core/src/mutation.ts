/** Who caused a mutation; carried to the shadow as in the guide. */
export interface MutationOrigin {
  readonly sessionId?: string | undefined;
  readonly interactionId?: string | undefined;
}

/** One set or delete of one key, as Redis applied it. */
export interface Mutation extends MutationOrigin {
  readonly key: string;
  /** The partition of the key. */
  readonly slot: number;
  /** Safe integer, unique and rising within the slot; microseconds since 1970 unless Redis' clock went back. */
  readonly version: number;
  readonly op: 'set' | 'del';
  /** The value of a set; absent for a delete. */
  readonly value?: string | undefined;
  /** When the pair expires, in milliseconds since 1970; absent for never. */
  readonly expireAt?: number | undefined;
  /** The time to live that was asked for, in seconds; absent for none. */
  readonly ttlSec?: number | undefined;
  /**
   * The newer set of its key that stands for it: both were asked for at the same time, and only that one was made and is
   * journaled. Absent where it was made itself.
   */
  readonly standing?: Mutation | undefined;
}

/** How far a mutation got, as the answer to its writer says: see the promises in docs/reliability.md. */
export type SyncMethod = 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED';

/** Why a mutation did not come to its shadow on the fast path. */
export type FallbackReason =
  | 'TIMEOUT'
  | 'QUEUE_FULL'
  | 'FAST_PATH_FAILED'
  | 'HIGH_LOAD'
  | 'BREAKER_OPEN'
  | 'EVENT_ONLY'
  | 'RECOVERED';

/** How far a mutation got, and why not on the fast path. */
export interface Brought {
  readonly method: SyncMethod;
  readonly fallbackReason?: FallbackReason;
}

/** A mutation on its way to a shadow, with the reason if that is not the fast one. */
export interface RoutedMutation extends Mutation {
  readonly fallbackReason?: FallbackReason | undefined;
  /** The trace that it is part of, as W3C's `traceparent`; absent where none is recorded. */
  readonly traceparent?: string | undefined;
}

/** A mutation's name in logs, traces and the outbox. */
export function mutationId({ slot, version }: Pick<Mutation, 'slot' | 'version'>): string {
  return `${slot}-${version}`;
}

/**
 * Whether a mutation is the one in `every` that is logged on its whole way; 0 for none. All processes decide it alike,
 * by its version.
 */
export function isLoggedMutation(version: number, every: number): boolean {
  return every > 0 && version % every === 0;
}

/** Roughly the bytes a mutation adds to a message: key and value, and a constant for all the rest. */
export function mutationBytes(mutation: Pick<Mutation, 'key' | 'value'>): number {
  const REST_BYTES = 200;
  return Buffer.byteLength(mutation.key) + Buffer.byteLength(mutation.value ?? '') + REST_BYTES;
}

/** Of several mutations of a key only the newest, sets and deletes alike: the others have no effect any more. */
export function newestPerKey<M extends Mutation>(mutations: Iterable<M>): M[] {
  const newest = new Map<string, M>();
  for (const mutation of mutations) {
    const other = newest.get(mutation.key);
    if (other === undefined || other.version < mutation.version) newest.set(mutation.key, mutation);
  }
  return [...newest.values()];
}

/** What brings mutations to their shadows: the shadow store, or what stands for it. */
export interface ShadowWriter {
  /** Brings mutations to their shadows; `failed` names the keys that the store refused. */
  apply(
    mutations: readonly Mutation[],
    method: SyncMethod,
  ): Promise<{ stale: number; failed: ReadonlyMap<string, string> }>;
}
