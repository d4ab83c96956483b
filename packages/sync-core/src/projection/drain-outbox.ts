import type { InHand } from '../cache/drain-marker.js';
import { mutationOf, type OutboxEvent } from '../store/outbox.js';
import type { DrainStores } from './drain-stores.js';

/** Applies a slot's due events in batches, newest per key; an event that the store refuses fails alone. */
export async function drainOutbox(
  slot: number,
  { outbox, shadows, marker, metrics, log }: DrainStores,
  batch: number,
  stopping: AbortSignal,
): Promise<void> {
  let events: OutboxEvent[];
  do {
    events = await outbox.due(slot, batch);
    if (events.length === 0) return;
    await marker.put(slot, { source: 'outbox', from: versionOf(events.at(0)), to: versionOf(events.at(-1)) });
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

/**
 * Applies the events that a process had in hand when it died, each one alone. The attempt is noted as failed before it
 * is made: an event that kills the process again has one attempt more each time, until it is a dead letter.
 */
export async function tryOutboxSuspects(
  slot: number,
  { from, to }: InHand,
  { outbox, shadows, marker, metrics, log }: DrainStores,
  batch: number,
): Promise<void> {
  const due = await outbox.due(slot, batch);
  for (const event of due.filter((each) => versionOf(each) >= from && versionOf(each) <= to)) {
    await marker.put(slot, { source: 'outbox', from: versionOf(event), to });
    const dead = await outbox.markFailed([
      { event, reason: 'a projector ended while it applied this event' },
    ]);
    if (dead > 0) {
      metrics.deadLettered(dead);
      log.error({ slot, event: event._id }, 'an event that ends projectors is a dead letter now');
      continue;
    }
    const { applied, stale, failed } = await shadows.apply([mutationOf(event)], 'EVENT_BASED');
    const reason = failed.get(event.payload.key);
    if (reason === undefined) await outbox.markProcessed([event._id]);
    else await outbox.markFailed([{ event, reason }]);
    metrics.projected('outbox', applied, stale);
  }
}

function versionOf(event: OutboxEvent | undefined): number {
  return Number(event?.version);
}
