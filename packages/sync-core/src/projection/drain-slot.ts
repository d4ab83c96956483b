import { drainJournal, journalSuspectsToOutbox } from './drain-journal.js';
import { drainOutbox, tryOutboxSuspects } from './drain-outbox.js';
import type { DrainBounds, DrainStores } from './drain-stores.js';

/**
 * Brings a slot's waiting events and overdue journal entries to the shadows, batch by batch, until there are none.
 * `stopping` ends it between two batches. Whatever it did not finish, it finds again the next time: an event is marked
 * and an entry removed only after its shadow was written.
 *
 *   mark left behind? ─ yes ─▶ the suspects, one at a time, each attempt counted before it is made
 *     │ no
 *     ▼
 *   outbox: mark ─▶ apply ─▶ processed  (repeat)  ─▶  journal: mark ─▶ apply ─▶ removed  (repeat)  ─▶ mark removed
 */
export async function drainSlot(
  slot: number,
  stores: DrainStores,
  bounds: DrainBounds,
  stopping: AbortSignal,
): Promise<void> {
  const suspects = await stores.marker.find(slot);
  try {
    if (suspects !== undefined) {
      stores.log.warn(
        { slot, ...suspects },
        'a projector ended in the middle of a batch; trying its mutations alone',
      );
      if (suspects.source === 'outbox') await tryOutboxSuspects(slot, suspects, stores, bounds);
      else await journalSuspectsToOutbox(slot, suspects, stores, bounds);
    }
    await drainOutbox(slot, stores, bounds, stopping);
    await drainJournal(slot, stores, bounds, stopping);
  } finally {
    await stores.marker.remove(slot);
  }
}
