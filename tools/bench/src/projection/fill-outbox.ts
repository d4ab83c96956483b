import type { Mutation, Stores } from '@hybrid-sync/sync-core';
import type { Pairs } from '../load/pairs.js';

/** Events in one insert. */
const INSERT_BATCH = 500;

/** Makes so many mutations and leaves each one as an event in the outbox, as a pod in mode `event-only` does. */
export async function fillOutbox(
  { cache, outbox, journal }: Pick<Stores, 'cache' | 'outbox' | 'journal'>,
  pairs: Pairs,
  events: number,
): Promise<void> {
  for (let from = 0; from < events; from += INSERT_BATCH) {
    const numbers = Array.from({ length: Math.min(INSERT_BATCH, events - from) }, (_, index) => from + index);
    const mutations: Mutation[] = await Promise.all(
      numbers.map((number) => {
        const { key, value } = pairs.at(number);
        return cache.set({ key, value });
      }),
    );
    const refused = await outbox.add(
      mutations.map((mutation) => ({ ...mutation, fallbackReason: 'EVENT_ONLY' })),
    );
    if (refused.size > 0) throw new Error(`the outbox refused ${refused.size} events`);
    await journal.remove(mutations);
  }
}
