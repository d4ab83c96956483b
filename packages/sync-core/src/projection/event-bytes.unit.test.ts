import { expect, it } from 'vitest';
import { eventsOf } from '../testing/fake-drain-stores.js';
import { EVENT_PAGE_BYTES, EventBytes } from './event-bytes.js';

const KEYS = ['a', 'b', 'c', 'd'];

function eventsOfBytes(bytes: number) {
  return eventsOf(KEYS).map((event) => ({
    ...event,
    payload: { ...event.payload, value: 'x'.repeat(bytes) },
  }));
}

it('takes events for large ones as long as none was read', () => {
  expect(new EventBytes().events).toBe(64);
});

it('lets fewer be read at once after large ones, and bit by bit more after small ones', () => {
  const bytes = new EventBytes();
  bytes.read(eventsOfBytes(EVENT_PAGE_BYTES / 2));
  expect(bytes.events).toBe(1);
  const allowed = Array.from({ length: 12 }, () => {
    bytes.read(eventsOf(KEYS));
    return bytes.events;
  });
  expect(allowed.slice(0, 4)).toEqual([3, 7, 15, 31]);
  expect(allowed.at(-1)).toBeGreaterThan(1000);
});

it('lets one be read that is larger than a page', () => {
  const bytes = new EventBytes();
  bytes.read(eventsOfBytes(2 * EVENT_PAGE_BYTES));
  expect(bytes.events).toBe(1);
});

it('counts bytes, not characters, and learns nothing of nothing or of a delete', () => {
  const bytes = new EventBytes();
  const [event] = eventsOf(['a']);
  if (event === undefined) throw new Error('no event');
  bytes.read([{ ...event, payload: { ...event.payload, value: '水'.repeat(EVENT_PAGE_BYTES / 6) } }]);
  expect(bytes.events).toBe(1);
  bytes.read([]);
  expect(bytes.events).toBe(1);
  bytes.read([{ ...event, payload: { ...event.payload, op: 'del', value: null } }]);
  expect(bytes.events).toBe(3);
});
