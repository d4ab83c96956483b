import type { ExpireInput, IncrementInput, SetInput, WriteOptions } from '../cache/cache.js';
import { slotOf } from '../cache/keys.js';
import { type Precondition, preconditionHolds } from '../cache/precondition.js';
import { InvalidInputError, PreconditionFailedError } from '../errors.js';
import {
  type Mutation,
  mutationId,
  newestPerKey,
  type RoutedMutation,
  type SyncMethod,
} from '../mutation.js';
import type { InHand } from '../projection/drain-marker.js';
import { eventOf, type OutboxEvent } from '../store/outbox-event.js';
import { FOREIGN_DOCUMENT, isShadow, type ShadowDocument, shadowOf } from '../store/shadow-document.js';
import type { World } from './world.js';

const PURGE_GRACE_MS = 60_000;
const RETRY_MS = 1;

/** The stores in memory, with the behaviour that their contract tests ask of the real ones. */
export function memoryWorld(slots: number): World {
  const pairs = new Map<string, { value: string; version: number; expireAt: number | undefined }>();
  const clocks = new Map<number, number>();
  const journals = new Map<number, Map<number, Mutation>>();
  const marks = new Map<number, InHand>();
  const events = new Map<string, OutboxEvent>();
  const shadows = new Map<string, ShadowDocument>();

  /** The highest version given in a slot, which the pod remembers, whatever becomes of Redis. */
  const floors = new Map<number, number>();
  const appended = new Map<string, number>();
  let kept: string | undefined;

  const record = (key: string, rest: Omit<Mutation, 'key' | 'slot' | 'version'>): Mutation => {
    const slot = slotOf(key, slots);
    const version = Math.max((clocks.get(slot) ?? 0) + 1, (floors.get(slot) ?? 0) + 1, Date.now() * 1000);
    clocks.set(slot, version);
    floors.set(slot, version);
    appended.set(`${slot}-${version}`, Date.now());
    const mutation = { key, slot, version, ...rest };
    const journal = journals.get(slot) ?? new Map<number, Mutation>();
    journals.set(slot, journal.set(version, mutation));
    return mutation;
  };
  const requireThat = (precondition: Precondition | undefined, key: string) => {
    const version = pairs.get(key)?.version;
    if (precondition !== undefined && !preconditionHolds(precondition, version))
      throw new PreconditionFailedError(version);
  };
  const setPair = (key: string, value: string, expireAt: number | undefined, ttlSec?: number): Mutation => {
    const mutation = record(key, { op: 'set', value, expireAt, ttlSec });
    pairs.set(key, { value, version: mutation.version, expireAt });
    return mutation;
  };
  const removePair = (key: string) => {
    const mutation = record(key, { op: 'del' });
    return { mutation, existed: pairs.delete(key) };
  };
  const write = (mutation: RoutedMutation, method: SyncMethod): 'applied' | 'stale' | 'foreign' => {
    const present = shadows.get(mutation.key);
    if (present !== undefined && !isShadow(present)) return 'foreign';
    if (present !== undefined && Number(present.version) >= mutation.version) return 'stale';
    shadows.set(mutation.key, shadowOf(mutation, method, Date.now(), PURGE_GRACE_MS));
    return 'applied';
  };

  return {
    cache: {
      slots,
      async set({ key, value, ttlSec, precondition }: SetInput) {
        requireThat(precondition, key);
        return setPair(key, value, ttlSec ? Date.now() + ttlSec * 1000 : undefined, ttlSec || undefined);
      },
      async delete(key, { precondition }: WriteOptions = {}) {
        requireThat(precondition, key);
        return removePair(key);
      },
      async resync(key) {
        const pair = pairs.get(key);
        if (pair === undefined) throw new PreconditionFailedError(undefined);
        return setPair(key, pair.value, pair.expireAt);
      },
      async expire({ key, ttlSec, precondition }: ExpireInput) {
        requireThat(precondition, key);
        const pair = pairs.get(key);
        if (pair === undefined) throw new PreconditionFailedError(undefined);
        return setPair(key, pair.value, ttlSec ? Date.now() + ttlSec * 1000 : undefined, ttlSec || undefined);
      },
      async increment({ key, by, precondition }: IncrementInput) {
        requireThat(precondition, key);
        const { value, expireAt } = pairs.get(key) ?? { value: '0', expireAt: undefined };
        const sum = Number(value) + by;
        if (String(Number(value)) !== value)
          throw new InvalidInputError('key', 'its value is no safe integer');
        if (!Number.isSafeInteger(sum)) throw new InvalidInputError('by', 'leads beyond the safe integers');
        return setPair(key, String(sum), expireAt);
      },
      async look(keys) {
        const found = keys.map((key) => {
          const pair = pairs.get(key);
          if (pair === undefined) return undefined;
          const { expireAt, ...rest } = pair;
          return { key, ...rest, ...(expireAt === undefined ? {} : { expireAt }) };
        });
        const now = Date.now();
        const horizon = (slot: number) => Math.max(now * 1000 + 999, clocks.get(slot) ?? 0);
        const horizons = new Map(Array.from({ length: slots }, (_, slot) => [slot, horizon(slot)]));
        return { pairs: found, now, horizons };
      },
      scan: async () => ({ keys: [...pairs.keys()], cursor: '0' }),
    },
    journal: {
      async overdue(slot, before, limit, after = 0) {
        const entries = [...(journals.get(slot)?.values() ?? [])].filter(({ version }) => version > after);
        return entries.filter((entry) => (appended.get(mutationId(entry)) ?? 0) < before).slice(0, limit);
      },
      async remove(mutations) {
        for (const { slot, version } of mutations) journals.get(slot)?.delete(version);
      },
      now: async () => Date.now(),
      async oldest() {
        const slots = [...journals].filter(([, journal]) => journal.size > 0);
        return new Map(slots.map(([slot, journal]) => [slot, Math.min(...journal.keys())]));
      },
      totalLength: async () => [...journals.values()].reduce((sum, journal) => sum + journal.size, 0),
    },
    marker: {
      put: async (slot, inHand) => void marks.set(slot, inHand),
      find: async (slot) => marks.get(slot),
      remove: async (slot) => void marks.delete(slot),
    },
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
    async setClock(slot, version) {
      if (version === undefined) clocks.delete(slot);
      else clocks.set(slot, version);
    },
    async replicate() {
      kept = JSON.stringify([
        [...pairs],
        [...clocks],
        [...journals].map(([slot, journal]) => [slot, [...journal]]),
        [...marks],
      ]);
    },
    async failOver() {
      for (const map of [pairs, clocks, journals, marks]) map.clear();
      const [keptPairs, keptClocks, keptJournals, keptMarks] = JSON.parse(kept ?? '[[],[],[],[]]');
      for (const [key, pair] of keptPairs) pairs.set(key, pair);
      for (const [slot, clock] of keptClocks) clocks.set(slot, clock);
      for (const [slot, journal] of keptJournals) journals.set(slot, new Map(journal));
      for (const [slot, mark] of keptMarks) marks.set(slot, mark);
    },
    async clear() {
      for (const map of [pairs, clocks, journals, marks, events, shadows, floors]) map.clear();
      kept = undefined;
    },
  };
}
