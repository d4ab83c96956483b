import type { Batcher } from '../batching/batcher.js';
import type { Patience } from '../batching/patience.js';
import type { Mutation } from '../mutation.js';

/** Offers one mutation; resolves once it is through. @throws what it was told of otherwise */
export function offered<M extends Mutation>(
  batcher: Pick<Batcher<M>, 'offer'>,
  mutation: M,
  patience: Patience,
): Promise<void> {
  return new Promise((resolve, reject) =>
    batcher.offer([mutation], patience, (_, error) => (error === undefined ? resolve() : reject(error))),
  );
}

/** What comes of one mutation that is offered. */
export type OfferOne = (mutation: Mutation, patience: Patience) => Promise<void>;

/** Offers each mutation of a list by itself. */
export function eachBy(offer: OfferOne): Batcher<Mutation>['offer'] {
  return (mutations, patience, told) => {
    for (const [place, mutation] of mutations.entries()) {
      offer(mutation, patience).then(
        () => told(place, undefined),
        (error: unknown) => told(place, error),
      );
    }
  };
}
