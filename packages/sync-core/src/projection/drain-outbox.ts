import { reasonOf } from '../errors.js';
import type { DueEvents } from '../store/outbox.js';
import { eventVersion, mutationOf, type OutboxEvent } from '../store/outbox-event.js';
import type { ApplyResult } from '../store/shadow-store.js';
import { StoreFailingError } from '../store/write-errors.js';
import type { InHand } from './drain-marker.js';
import type { DrainBounds, DrainStores } from './drain-stores.js';

/**
 * Applies a slot's due events in batches, newest per key; an event that the store refuses fails alone, and one of which
 * no mutation can be made is a dead letter. While a batch is being applied, the next one is read and the one before is
 * marked:
 *
 *   read 1 ─▶ apply 1 ─▶ apply 2 ─▶ apply 3 ─▶
 *             read 2     read 3     …
 *                        mark 1     mark 2     mark 3
 *
 * At most three batches are in memory, and one is ever between applied and marked.
 */
export async function drainOutbox(
  slot: number,
  stores: DrainStores,
  bounds: Pick<DrainBounds, 'batch'>,
  stopping: AbortSignal,
): Promise<void> {
  const { outbox, marker, metrics } = stores;
  let reading: Promise<DueEvents> | undefined = outbox.due(slot, bounds.batch);
  let marking = Promise.resolve();
  try {
    while (reading !== undefined) {
      const { events, more, damaged } = await reading;
      reading = undefined;
      noteDamaged(slot, damaged, stores);
      const [first, last] = [events.at(0), events.at(-1)];
      if (first === undefined || last === undefined) break;
      if (more && !stopping.aborted) {
        reading = outbox.due(slot, bounds.batch, eventVersion(last));
        reading.catch(() => undefined); // It is awaited later, or not at all when this batch fails.
      }
      await marker.put(slot, { source: 'outbox', from: eventVersion(first), to: eventVersion(last) });
      const result = await applied(slot, events, stores);
      metrics.projected('outbox', result);
      await marking;
      marking = mark(slot, events, result.failed, stores);
      marking.catch(() => undefined); // The same.
      if (stopping.aborted) break;
    }
    await marking;
  } finally {
    // Nothing goes on when the drain has ended, also when it failed: then the slot may be another projector's.
    await Promise.allSettled([reading, marking]);
  }
}

/**
 * Applies a batch. Where the store fails a part of it for reasons of its own, that part is put off, so that the events
 * behind it don't wait for it; where it fails all of it, nothing is asked of it.
 */
async function applied(
  slot: number,
  events: readonly OutboxEvent[],
  stores: DrainStores,
): Promise<ApplyResult> {
  try {
    return await stores.shadows.apply(events.map(mutationOf), 'EVENT_BASED');
  } catch (error) {
    if (error instanceof StoreFailingError && error.partly) {
      const { held, failed, message } = error;
      await stores.outbox.putOff(
        events.filter((event) => held.has(event.payload.key)),
        message,
      );
      await mark(
        slot,
        events.filter((event) => !held.has(event.payload.key)),
        failed,
        stores,
      );
    }
    throw error;
  }
}

function noteDamaged(
  slot: number,
  damaged: ReadonlyMap<string, string>,
  { metrics, log }: DrainStores,
): void {
  if (damaged.size === 0) return;
  metrics.deadLettered(damaged.size);
  const [[event, reason] = []] = damaged;
  log.error({ slot, damaged: damaged.size, event, reason }, 'damaged events are dead letters now');
}

/** Notes what became of a batch: the events of refused keys failed, all others are processed. */
async function mark(
  slot: number,
  events: readonly OutboxEvent[],
  failed: ReadonlyMap<string, string>,
  { outbox, metrics, log }: DrainStores,
): Promise<void> {
  const done = events.filter((event) => !failed.has(event.payload.key));
  await outbox.markProcessed(done.map((event) => event._id));
  if (failed.size === 0) return;
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

/**
 * Applies the events that a process had in hand when it died, each one alone. The attempt is noted as failed before it
 * is made: an event that kills the process again has one attempt more each time, until it is a dead letter.
 */
export async function tryOutboxSuspects(
  slot: number,
  { from, to }: InHand,
  stores: DrainStores,
  bounds: Pick<DrainBounds, 'batch'>,
): Promise<void> {
  // Page by page: they may have been read when pages were larger.
  for (let after = from - 1; ; ) {
    const { events, more, damaged } = await stores.outbox.due(slot, bounds.batch, after);
    noteDamaged(slot, damaged, stores);
    const suspects = events.filter((each) => eventVersion(each) <= to);
    for (const event of suspects) await tryAlone(slot, event, to, stores);
    const last = suspects.at(-1);
    if (last === undefined || suspects.length < events.length || !more) return;
    after = eventVersion(last);
  }
}

/** `to`: the version of the last suspect. */
async function tryAlone(slot: number, event: OutboxEvent, to: number, stores: DrainStores): Promise<void> {
  const { outbox, shadows, marker, metrics, log } = stores;
  await marker.put(slot, { source: 'outbox', from: eventVersion(event), to });
  const dead = await outbox.markFailed([{ event, reason: 'a projector ended while it applied this event' }]);
  if (dead > 0) {
    metrics.deadLettered(dead);
    log.error({ slot, event: event._id }, 'an event that ends projectors is a dead letter now');
    return;
  }
  const result = await shadows.apply([mutationOf(event)], 'EVENT_BASED').catch(async (error: unknown) => {
    // The process lives, and the store's failure is none of the event's: the attempt does not count after all.
    await outbox.putOff([event], reasonOf(error)).catch(() => undefined);
    throw error;
  });
  const reason = result.failed.get(event.payload.key);
  if (reason === undefined) await outbox.markProcessed([event._id]);
  else metrics.deadLettered(await outbox.markFailed([{ event, reason }]));
  metrics.projected('outbox', result);
}
