import type { SyncMode } from './config/sync-mode.js';
import type { Brought, FallbackReason, Mutation, SyncMethod } from './mutation.js';

/** What a writer is told. */
export interface SyncAnswer {
  readonly key: string;
  readonly op: 'set' | 'del';
  readonly version: number;
  /**
   * `ASYNC_THREAD`: the shadow has this version or a newer one. `EVENT_BASED`: the outbox holds it durably.
   * `JOURNALED`: only Redis holds it; it is applied once MongoDB is back, or goes there behind this answer.
   */
  readonly method: SyncMethod;
  /** Why the fast path was not taken or did not succeed. */
  readonly fallbackReason?: FallbackReason | undefined;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number | undefined;
  /** Of an answer from the journal: how far the mutation got behind it. Never rejects. */
  readonly synced?: Promise<Brought> | undefined;
}

/** What is told of one of several plain changes. */
export interface PlainAnswer extends SyncAnswer {
  /** Of a delete: whether there was a pair. */
  readonly existed?: boolean | undefined;
}

/** What the writer of a mutation is told. Made field by field: there is one for each write. */
export function answerOf(
  { key, op, version, expireAt }: Mutation,
  method: SyncMethod,
  fallbackReason?: FallbackReason,
  synced?: Promise<Brought>,
  existed?: boolean,
): PlainAnswer {
  return { key, op, version, method, fallbackReason, expireAt, synced, existed };
}

/** When a write is answered: once its mutation was brought to MongoDB, or as soon as the journal has it. */
export type AnswerTime = 'synced' | 'journaled';

/** How a write is synced and answered. */
export interface WriteTerms {
  /** The mode that is asked for; that of the settings unless given. */
  readonly mode?: SyncMode | undefined;
  /** `synced` unless given. */
  readonly answer?: AnswerTime | undefined;
  /** Called when the cache has made the write, however late it is answered. */
  readonly made?: (() => void) | undefined;
}

/** How several writes are synced and answered. */
export interface ManyTerms extends Pick<WriteTerms, 'mode' | 'answer'> {
  /** Called when the cache has made all of them, or refused them, where they are made in one go. */
  readonly made?: (() => void) | undefined;
  /** Is told how far the write at this place got behind its answer. */
  readonly synced?: ((place: number, brought: Brought) => void) | undefined;
}

/** What came of a write that may change nothing. */
export interface MaybeChanged {
  /** Undefined where nothing changed: there is nothing to sync. */
  readonly answer: SyncAnswer | undefined;
  /** The value that was there, as it is kept; undefined for none, and where it was not asked for. */
  readonly old: string | undefined;
}
