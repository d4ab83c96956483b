import { Long } from 'mongodb';
import { pino } from 'pino';
import type { OverdueBounds } from '../cache/journal.js';
import { Metrics } from '../metrics/metrics.js';
import type { Mutation, RoutedMutation } from '../mutation.js';
import type { InHand } from '../projection/drain-marker.js';
import type { DrainStores } from '../projection/drain-stores.js';
import type { OutboxEvent } from '../store/outbox-event.js';

/** An event of slot 0 for each of these keys, with the versions 1, 2, 3 and so on unless given. */
export function eventsOf(keys: readonly string[], firstVersion = 1): OutboxEvent[] {
  return keys.map((key, index) => {
    const version = firstVersion + index;
    const absent = { ttlSec: null, expireAt: null, sessionId: null, interactionId: null };
    return {
      _id: `0-${version}`,
      type: 'KVMutated',
      ts: new Date(0),
      slot: 0,
      version: Long.fromNumber(version),
      payload: { key, op: 'set', value: `${key} at ${version}`, ...absent, fallbackReason: 'TIMEOUT' },
      processed: false,
      attempts: 0,
      retryAt: new Date(0),
      dead: false,
    };
  });
}

/**
 * Small stores for a drain, which write down every call in its order. What is processed, failed or removed is not due
 * any more. `refusedByShadow` and `refusedByOutbox` name keys; a test puts its own function in place of a call to make
 * it fail.
 */
export function fakeDrainStores(given: { events?: OutboxEvent[]; entries?: Mutation[]; mark?: InHand }) {
  const calls: string[] = [];
  const events = [...(given.events ?? [])];
  const entries = [...(given.entries ?? [])];
  let mark = given.mark;
  const refusedByShadow = new Map<string, string>();
  const refusedByOutbox = new Map<string, string>();
  const failures: { key: string; reason: string }[] = [];
  const added: RoutedMutation[] = [];
  /** Damaged events among those that are due, with what is wrong. */
  const damaged = new Map<string, string>();
  /** Events that become dead letters when they fail. */
  const lastAttempt = new Set<string>();
  const log = pino({ level: 'silent' });
  const metrics = new Metrics('projector');

  const takeAway = <Item>(items: Item[], gone: (item: Item) => boolean) => {
    items.splice(0, items.length, ...items.filter((item) => !gone(item)));
  };
  const keysOf = (mutations: Iterable<Pick<Mutation, 'key'>>) =>
    Array.from(mutations, ({ key }) => key).join();
  const stores = {
    outbox: {
      async due(_slot: number, limit: number, after = 0) {
        const due = events.filter((event) => Number(event.version) > after).slice(0, limit);
        return { events: due, more: due.length === limit, damaged };
      },
      async markProcessed(ids: readonly string[]) {
        calls.push(`processed ${ids.join()}`);
        takeAway(events, (event) => ids.includes(event._id));
      },
      async markFailed(failed: readonly { event: OutboxEvent; reason: string }[]) {
        const ids = failed.map(({ event }) => event._id);
        calls.push(`failed ${ids.join()}`);
        failures.push(...failed.map(({ event, reason }) => ({ key: event.payload.key, reason })));
        takeAway(events, (event) => ids.includes(event._id));
        return ids.filter((id) => lastAttempt.has(id)).length;
      },
      async putOff(off: readonly OutboxEvent[], reason: string) {
        calls.push(`put off ${off.map((event) => event._id).join()}: ${reason}`);
        takeAway(events, (event) => off.includes(event));
      },
      async add(mutations: readonly RoutedMutation[]) {
        calls.push(`added ${keysOf(mutations)}`);
        added.push(...mutations.filter(({ key }) => !refusedByOutbox.has(key)));
        return new Map([...refusedByOutbox].filter(([key]) => mutations.some((each) => each.key === key)));
      },
    },
    journal: {
      now: async () => 1000,
      async overdue(_slot: number, before: number, limit: number, { after = 0 }: OverdueBounds = {}) {
        return entries.filter(({ version }) => version < before * 1000 && version > after).slice(0, limit);
      },
      async remove(mutations: Iterable<Pick<Mutation, 'slot' | 'version'>>) {
        const versions = Array.from(mutations, ({ version }) => version);
        calls.push(`removed ${versions.join()}`);
        takeAway(entries, (entry) => versions.includes(entry.version));
      },
    },
    shadows: {
      async apply(mutations: readonly RoutedMutation[], method: string) {
        calls.push(`applied ${keysOf(mutations)} as ${method}`);
        const failed = new Map(
          [...refusedByShadow].filter(([key]) => mutations.some((each) => each.key === key)),
        );
        return { applied: mutations.length - failed.size, stale: 0, coalesced: 0, failed };
      },
    },
    marker: {
      async put(_slot: number, { source, from, to }: InHand) {
        calls.push(`mark ${source} ${from} to ${to}`);
        mark = { source, from, to };
      },
      find: async () => mark,
      async remove() {
        calls.push('mark removed');
        mark = undefined;
      },
    },
    metrics,
    log,
  } satisfies DrainStores;

  return {
    stores,
    /** Every call that changes something, in order. */
    calls,
    refusedByShadow,
    refusedByOutbox,
    lastAttempt,
    damaged,
    /** Failed attempts that were noted, with their reasons. */
    failures,
    /** Mutations that the outbox took. */
    added,
    /** Versions still in the journal. */
    journaled: () => entries.map(({ version }) => version),
    /** Ids of the events still due. */
    waiting: () => events.map((event) => event._id),
    mark: () => mark,
    metric: (name: string) => metrics.registry.getSingleMetricAsString(name),
  };
}
