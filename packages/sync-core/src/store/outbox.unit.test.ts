import { type Collection, Long } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { RoutedMutation } from '../mutation.js';
import { aDelete, aSet } from '../testing/mutations.js';
import { Outbox } from './outbox.js';
import { mutationOf, type OutboxEvent } from './outbox-event.js';

const VERSION = Date.parse('2026-08-01T12:00:00Z') * 1000;
const RULE = { maxAttempts: 3, retryBaseMs: 100 };

/** The events that an outbox inserts for these mutations. */
async function eventsOf(...mutations: RoutedMutation[]): Promise<OutboxEvent[]> {
  const inserted: OutboxEvent[] = [];
  const collection = { insertMany: async (events: OutboxEvent[]) => void inserted.push(...events) };
  // The one operation of a collection that inserting uses; all others are tested on a real one.
  await new Outbox(collection as unknown as Collection<OutboxEvent>, () => RULE).add(mutations);
  return inserted;
}

const FULL: RoutedMutation = {
  ...aSet('k', VERSION, {
    slot: 4,
    expireAt: 1_900_000_000_000,
    ttlSec: 60,
    sessionId: 's',
    interactionId: 'i',
  }),
  fallbackReason: 'HIGH_LOAD',
};

describe('an event', () => {
  it("has the guide's field names, and an id under which inserting it again is harmless", async () => {
    const [event] = await eventsOf(FULL);
    expect(event).toMatchObject({
      _id: `4-${VERSION}`,
      type: 'KVMutated',
      ts: expect.any(Date),
      slot: 4,
      version: Long.fromNumber(VERSION),
      payload: {
        key: 'k',
        op: 'set',
        value: `k at ${VERSION}`,
        ttlSec: 60,
        expireAt: new Date(1_900_000_000_000),
        sessionId: 's',
        interactionId: 'i',
        fallbackReason: 'HIGH_LOAD',
      },
      processed: false,
      attempts: 0,
      dead: false,
    });
  });

  it('is due at once by whatever clock it is asked', async () => {
    const [event] = await eventsOf(FULL);
    expect(event?.retryAt).toEqual(new Date(0));
  });

  it.each<[string, RoutedMutation]>([
    ['a set with all there is to say', FULL],
    ['a set with nothing but its value', aSet('k', VERSION)],
    ['a set of an empty value', aSet('k', VERSION, { value: '' })],
    ['a set of an empty key', aSet('', VERSION)],
    ['a delete', aDelete('k', VERSION, { slot: 31, sessionId: 's' })],
    ['the largest version', aSet('k', Number.MAX_SAFE_INTEGER)],
  ])('carries %s unchanged', async (_, mutation) => {
    const events = await eventsOf(mutation);
    expect(events.map(mutationOf)).toEqual([mutation]);
  });
});
