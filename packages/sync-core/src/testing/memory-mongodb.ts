import { mutationId, newestPerKey, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { eventOf, type OutboxEvent } from '../store/outbox-event.js';
import { FOREIGN_DOCUMENT, isShadow, type ShadowDocument, shadowOf } from '../store/shadow-document.js';
import type { World } from './world.js';

const PURGE_GRACE_MS = 60_000;
const RETRY_MS = 1;

/** What a {@link World} has on the side of MongoDB. */
export type MongodbSide = Pick<World, 'outbox' | 'shadows' | 'clear'>;

/** MongoDB in memory, with the behaviour that the contract tests ask of the real one. */
export function memoryMongodb(): MongodbSide {
  const events = new Map<string, OutboxEvent>();
  const shadows = new Map<string, ShadowDocument>();
  const write = (mutation: RoutedMutation, method: SyncMethod): 'applied' | 'stale' | 'foreign' => {
    const present = shadows.get(mutation.key);
    if (present !== undefined && !isShadow(present)) return 'foreign';
    if (present !== undefined && Number(present.version) >= mutation.version) return 'stale';
    shadows.set(mutation.key, shadowOf(mutation, method, Date.now(), PURGE_GRACE_MS));
    return 'applied';
  };

  return {
    outbox: {
      async add(mutations) {
        for (const mutation of mutations) {
          const id = mutationId(mutation);
          if (!events.has(id)) events.set(id, eventOf(mutation, Date.now()));
        }
        return new Map();
      },
      async due(slot, limit, after = 0) {
        const now = Date.now();
        const due = [...events.values()]
          .filter((event) => event.slot === slot && Number(event.version) > after)
          .filter((event) => !event.processed && !event.dead)
          .filter((event) => event.lastError === undefined || event.retryAt.getTime() <= now)
          .sort((a, b) => Number(a.version) - Number(b.version))
          .slice(0, limit);
        return { events: due, more: due.length === limit, damaged: new Map() };
      },
      async markProcessed(ids) {
        for (const id of ids) {
          const event = events.get(id);
          if (event === undefined) continue;
          const { value: _, ...payload } = event.payload;
          events.set(id, { ...event, payload, processed: true });
        }
      },
      async putOff(off, reason) {
        const retryAt = new Date(Date.now() + RETRY_MS);
        for (const event of off) events.set(event._id, { ...event, lastError: reason, retryAt });
      },
      async markFailed(failures) {
        for (const { event, reason } of failures) {
          const change = {
            attempts: event.attempts + 1,
            lastError: reason,
            retryAt: new Date(Date.now() + RETRY_MS),
          };
          events.set(event._id, { ...event, ...change });
        }
        return 0;
      },
      async oldestWaiting() {
        const oldest = new Map<number, number>();
        for (const { slot, version, processed, dead } of events.values()) {
          if (!processed && !dead)
            oldest.set(slot, Math.min(Number(version), oldest.get(slot) ?? Number.POSITIVE_INFINITY));
        }
        return oldest;
      },
      countUnprocessed: async () =>
        [...events.values()].filter((event) => !event.processed && !event.dead).length,
    },
    shadows: {
      async apply(mutations, method) {
        const newest = newestPerKey(mutations);
        const outcomes = newest.map((mutation) => [mutation.key, write(mutation, method)] as const);
        return {
          applied: outcomes.filter(([, outcome]) => outcome === 'applied').length,
          stale: outcomes.filter(([, outcome]) => outcome === 'stale').length,
          coalesced: mutations.length - newest.length,
          failed: new Map(
            outcomes.flatMap(([key, outcome]) =>
              outcome === 'foreign' ? [[key, FOREIGN_DOCUMENT] as const] : [],
            ),
          ),
        };
      },
      findMany: async (keys) => keys.flatMap((key) => shadows.get(key) ?? []),
      page: async () => ({ shadows: [...shadows.values()], after: undefined }),
      without: async (keys) => keys.filter((key) => !shadows.has(key)),
      estimatedCount: async () => shadows.size,
    },
    async clear() {
      events.clear();
      shadows.clear();
    },
  };
}
