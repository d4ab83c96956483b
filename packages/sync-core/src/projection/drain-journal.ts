import type { RoutedMutation } from '../mutation.js';
import { StoreFailingError } from '../store/write-errors.js';
import type { InHand } from './drain-marker.js';
import type { DrainBounds, DrainStores } from './drain-stores.js';

/**
 * Applies a slot's overdue journal entries in batches. An entry whose shadow the store refuses becomes an outbox event,
 * which counts its attempts and keeps the reason. Entries that the store fails for reasons of its own stay.
 * @throws when the outbox refused entries, too: they stay, and those behind them are through
 */
export async function drainJournal(
  slot: number,
  stores: DrainStores,
  bounds: DrainBounds,
  stopping: AbortSignal,
): Promise<void> {
  const { shadows, marker, metrics, log } = stores;
  let refusedByBoth = 0;
  let after = 0;
  do {
    const entries = await overdueEntries(slot, stores, bounds, after);
    const [first, last] = [entries.at(0), entries.at(-1)];
    if (first === undefined || last === undefined) break;
    await marker.put(slot, { source: 'journal', from: first.version, to: last.version });
    const result = await shadows.apply(entries, 'JOURNALED').catch(async (error: unknown) => {
      if (error instanceof StoreFailingError && error.partly) {
        const { held, failed } = error;
        await stores.journal.remove(entries.filter(({ key }) => !held.has(key) && !failed.has(key)));
      }
      throw error;
    });
    const { applied, stale, coalesced, failed } = result;
    const refused = entries.filter((entry) => failed.has(entry.key));
    await stores.journal.remove(entries.filter((entry) => !failed.has(entry.key)));
    metrics.projected('journal', result);
    log.info(
      { slot, entries: entries.length, applied, stale, coalesced, refused: refused.length },
      'journal entries recovered',
    );
    refusedByBoth += await moveToOutbox(refused, stores);
    if (refusedByBoth > 0) after = last.version;
  } while (!stopping.aborted);
  throwIfRefused(refusedByBoth);
}

/** Makes outbox events of the entries that a process had in hand when it died: an entry can't count its attempts. */
export async function journalSuspectsToOutbox(
  slot: number,
  { from, to }: InHand,
  stores: DrainStores,
  bounds: DrainBounds,
): Promise<void> {
  // Page by page: they may have been read when pages were larger.
  let refusedByBoth = 0;
  for (let after = from - 1; ; ) {
    const entries = await overdueEntries(slot, stores, bounds, after);
    const suspects = entries.filter(({ version }) => version <= to);
    const last = suspects.at(-1);
    if (last === undefined) break;
    refusedByBoth += await moveToOutbox(suspects, stores);
    after = last.version;
  }
  throwIfRefused(refusedByBoth);
}

async function overdueEntries(slot: number, { journal }: DrainStores, bounds: DrainBounds, after = 0) {
  const before = (await journal.now(slot)) - bounds.recoverAfterMs;
  const entries = await journal.overdue(slot, before, bounds.batch, { after });
  return entries.map((entry): RoutedMutation => ({ ...entry, fallbackReason: 'RECOVERED' }));
}

/** @returns how many of them the outbox refused: they stay in the journal */
async function moveToOutbox(
  entries: readonly RoutedMutation[],
  { outbox, journal }: DrainStores,
): Promise<number> {
  if (entries.length === 0) return 0;
  const refused = await outbox.add(entries);
  const added = entries.filter((entry) => !refused.has(entry.key));
  await journal.remove(added);
  return entries.length - added.length;
}

function throwIfRefused(entries: number): void {
  if (entries > 0) throw new Error(`neither shadow nor outbox took ${entries} journal entries`);
}
