import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OverdueLooks } from './overdue-looks.js';

const SLOTS = [0, 1, 2];
beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

/** Looks at what is due, and finds entries of these ages. */
function look(looks: OverdueLooks, olderThanMs: number, ages: (number | undefined)[] = [0, 0, 0]) {
  const due = looks.due(SLOTS, olderThanMs);
  for (const slot of due) looks.saw(slot, performance.now(), ages[slot]);
  return due;
}

it('all slots at first, then none before something can be overdue in it; one of them at each look', () => {
  const looks = new OverdueLooks();
  expect(look(looks, 1000)).toEqual(SLOTS);
  vi.advanceTimersByTime(300);
  expect(look(looks, 1000)).toEqual([0]);
  vi.advanceTimersByTime(300);
  expect(look(looks, 1000)).toEqual([1]);
  vi.advanceTimersByTime(400);
  expect(look(looks, 1000)).toEqual([2]);
  vi.advanceTimersByTime(300);
  expect(look(looks, 1000)).toEqual([0]);
});

it('a slot again as soon as its oldest entry is overdue, and then each time', () => {
  const looks = new OverdueLooks();
  look(looks, 1000, [0, 600, 0]);
  vi.advanceTimersByTime(400);
  expect(look(looks, 1000, [0, 1000, 0])).toEqual([1]);
  expect(look(looks, 1000, [0, 1000, 0])).toEqual([1]);
});

it('a slot each time whose oldest entry does not tell its age; all when less age is asked for', () => {
  const looks = new OverdueLooks();
  look(looks, 1000, [undefined, 0, 0]);
  expect(look(looks, 1000, [undefined, 0, 0])).toEqual([0]);
  expect(look(looks, 0)).toEqual(SLOTS);
});
