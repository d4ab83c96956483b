import type { Logger } from 'pino';
import type { Journal } from '../cache/journal.js';
import type { Metrics } from '../metrics/metrics.js';
import type { RoutedMutation } from '../mutation.js';
import { mutationOf, type Outbox, type OutboxEvent } from '../store/outbox.js';
import type { ShadowStore } from '../store/shadow-store.js';

/** What a drain reads from and writes to. */
export interface DrainStores {
  readonly journal: Pick<Journal, 'overdue' | 'remove' | 'now'>;
  readonly outbox: Pick<Outbox, 'add' | 'due' | 'markProcessed' | 'markFailed'>;
  readonly shadows: Pick<ShadowStore, 'apply'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What bounds a drain. */
export interface DrainBounds {
  /** Events, and journal entries, read at once. */
  readonly batch: number;
  /** Age from which a journal entry is overdue, in milliseconds. */
  readonly recoverAfterMs: number;
}

/**
 * Brings a slot's waiting events and overdue journal entries to the shadows, batch by batch, until there are none.
 * `stopping` ends it between two batches. Whatever it did not finish, it finds again the next time: an event is marked
 * and an entry removed only after its shadow was written.
 */
export async function drainSlot(
  slot: number,
  stores: DrainStores,
  bounds: DrainBounds,
  stopping: AbortSignal,
): Promise<void> {
  await drainOutbox(slot, stores, bounds.batch, stopping);
  await drainJournal(slot, stores, bounds, stopping);
}

async function drainOutbox(
  slot: number,
  stores: DrainStores,
  batch: number,
  stopping: AbortSignal,
): Promise<void> {
  const { outbox, shadows, metrics, log } = stores;
  let events: OutboxEvent[];
  do {
    events = await outbox.due(slot, batch);
    if (events.length === 0) return;
    const { applied, stale, failed } = await shadows.apply(events.map(mutationOf), 'EVENT_BASED');
    const done = events.filter((event) => !failed.has(event.payload.key));
    await outbox.markProcessed(done.map((event) => event._id));
    metrics.projected('outbox', applied, stale);
    if (failed.size > 0) {
      const failures = events
        .filter((event) => failed.has(event.payload.key))
        .map((event) => ({ event, reason: failed.get(event.payload.key) ?? '' }));
      const dead = await outbox.markFailed(failures);
      metrics.deadLettered(dead);
      log.warn(
        { slot, failed: failures.length, dead, reason: failures[0]?.reason },
        'events could not be applied',
      );
    }
  } while (events.length === batch && !stopping.aborted);
}

/** An entry whose shadow the store refuses becomes an outbox event, which counts its attempts and keeps the reason. */
async function drainJournal(
  slot: number,
  { journal, outbox, shadows, metrics, log }: DrainStores,
  { batch, recoverAfterMs }: DrainBounds,
  stopping: AbortSignal,
): Promise<void> {
  let entries: RoutedMutation[];
  do {
    const before = (await journal.now()) - recoverAfterMs;
    entries = (await journal.overdue(slot, before, batch)).map((entry) => ({
      ...entry,
      fallbackReason: 'RECOVERED',
    }));
    if (entries.length === 0) return;
    const { applied, stale, failed } = await shadows.apply(entries, 'JOURNALED');
    const refused = entries.filter((entry) => failed.has(entry.key));
    const untaken = refused.length === 0 ? new Map<string, string>() : await outbox.add(refused);
    await journal.remove(entries.filter((entry) => !untaken.has(entry.key)));
    metrics.projected('journal', applied, stale);
    log.info(
      { slot, entries: entries.length, applied, stale, refused: refused.length },
      'journal entries recovered',
    );
    if (untaken.size > 0) throw new Error(`neither shadow nor outbox took ${untaken.size} journal entries`);
  } while (entries.length === batch && !stopping.aborted);
}
