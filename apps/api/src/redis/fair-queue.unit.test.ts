import { expect, it } from 'vitest';
import { FairQueue, type Member } from './fair-queue.js';

/** A queue with a budget of 10 ms, whose turns of the event loop the test gives. */
function world() {
  let now = 0;
  const due: (() => void)[] = [];
  const queue = new FairQueue(10, { now: () => now, later: (work) => due.push(work) });
  /** Who worked, in each turn. */
  const turns: string[][] = [];
  return {
    queue,
    turns,
    /** Does a little that takes 3 ms, as often as it is told. */
    member(name: string, times: number): Member {
      let left = times;
      return {
        work() {
          turns.at(-1)?.push(name);
          now += 3;
          left--;
          return left > 0;
        },
      };
    },
    /** Returns whether there was something to do. */
    turn(): boolean {
      const works = due.splice(0);
      expect(works.length).toBeLessThan(2);
      turns.push([]);
      for (const work of works) work();
      return works.length > 0;
    },
  };
}

it('each does a little, and one that has more goes to the end', () => {
  const { queue, turns, member, turn } = world();
  queue.add(member('a', 2));
  queue.add(member('b', 1));
  queue.add(member('c', 2));
  while (turn());
  expect(turns.flat()).toEqual(['a', 'b', 'c', 'a', 'c']);
});

it('all of them share the budget of a turn, however many they are', () => {
  const { queue, turns, member, turn } = world();
  for (let each = 0; each < 50; each++) queue.add(member(`${each}`, 3));
  while (turn());
  expect(turns.flat()).toHaveLength(150);
  expect(Math.max(...turns.map(({ length }) => length))).toBe(4);
});

it('a modest one waits for no more than one round of those that want much', () => {
  const { queue, turns, member, turn } = world();
  for (let each = 0; each < 20; each++) queue.add(member('greedy', 1000));
  for (let times = 0; times < 7; times++) turn();
  queue.add(member('modest', 1));
  const before = turns.flat().length;
  while (!turns.flat().includes('modest')) turn();
  expect(turns.flat().indexOf('modest') - before).toBeLessThanOrEqual(20);
});

it('who waits already keeps its place, and works once', () => {
  const { queue, turns, member, turn } = world();
  const first = member('first', 1);
  queue.add(first);
  queue.add(member('second', 1));
  queue.add(first);
  expect(queue.has(first)).toBe(true);
  while (turn());
  expect(turns.flat()).toEqual(['first', 'second']);
  expect(queue.has(first)).toBe(false);
});

it('one that is added by its own work comes once more, at the end', () => {
  const { queue, turns, member, turn } = world();
  let again = true;
  const eager: Member = {
    work() {
      turns.at(-1)?.push('eager');
      if (again) queue.add(eager);
      again = false;
      return false;
    },
  };
  queue.add(eager);
  queue.add(member('other', 1));
  while (turn());
  expect(turns.flat()).toEqual(['eager', 'other', 'eager']);
});
