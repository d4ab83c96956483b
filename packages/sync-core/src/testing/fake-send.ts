import { type BatchBounds, Batcher } from '../batching/batcher.js';
import type { Mutation } from '../mutation.js';
import { type Deferred, deferred } from './deferred.js';

/** A batch that a {@link Batcher} has sent and that the test settles. */
export interface SentBatch extends Deferred<ReadonlyMap<string, string>> {
  readonly mutations: readonly Mutation[];
  readonly abandoned: AbortSignal;
  readonly through: (keys: Iterable<string>) => void;
}

/** An offer to a {@link Batcher}, with what became of it so far. */
export interface Offer {
  outcome: 'waiting' | 'through' | Error;
}

/** Everything is through. */
export const NONE_REFUSED: ReadonlyMap<string, string> = new Map();

/** A batcher whose batches go nowhere until the test says how they end. */
export function batcherUnderTest(bounds: Partial<BatchBounds> = {}) {
  const sent: SentBatch[] = [];
  const batcher = new Batcher<Mutation>(
    () => ({ maxInFlight: 1, maxMutations: 100, maxBytes: 1_000_000, ...bounds }),
    (mutations, abandoned, through) => {
      const end = deferred<ReadonlyMap<string, string>>();
      sent.push({ mutations, abandoned, through, ...end });
      return end.promise;
    },
  );
  return {
    batcher,
    sent,
    /** The keys of each batch sent so far. */
    sentKeys: () => sent.map(({ mutations }) => mutations.map(({ key }) => key)),
    /** The n-th batch sent. */
    batch(index: number): SentBatch {
      const batch = sent[index];
      if (batch === undefined) throw new Error(`only ${sent.length} batches were sent`);
      return batch;
    },
    /** Offers a mutation and watches it. */
    offer(mutation: Mutation, timeoutMs = 60_000, busyTimeoutMs = timeoutMs): Offer {
      const offer: Offer = { outcome: 'waiting' };
      batcher.offer([mutation], { timeoutMs, busyTimeoutMs }, (_, error) => {
        offer.outcome = error === undefined ? 'through' : (error as Error);
      });
      return offer;
    },
  };
}
