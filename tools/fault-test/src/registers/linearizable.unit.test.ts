import { expect, it } from 'vitest';
import { linearizability, type TimedCall } from './linearizable.js';

const at = (calledAt: number, answeredAt: number) => ({ calledAt, answeredAt });
const read = (saw: string | null, from: number, until: number): TimedCall => ({
  kind: 'read',
  saw,
  ...at(from, until),
});
const swap = (
  expected: string | null,
  value: string,
  from: number,
  until: number,
  outcome: 'done' | 'refused' | 'unknown' = 'done',
): TimedCall => ({ kind: 'swap', expected, value, outcome, ...at(from, until) });

it.each<[string, TimedCall[]]>([
  ['nothing at all', []],
  ['one after the other', [swap(null, 'a', 0, 1), read('a', 2, 3), swap('a', 'b', 4, 5), read('b', 6, 7)]],
  ['a read beside a write, of before', [swap(null, 'a', 0, 1), swap('a', 'b', 2, 9), read('a', 3, 4)]],
  ['a read beside a write, of after', [swap(null, 'a', 0, 1), swap('a', 'b', 2, 9), read('b', 3, 4)]],
  ['two that expect the same, one refused', [swap(null, 'a', 0, 9), swap(null, 'b', 1, 8, 'refused')]],
  ['answered late, but before it the next was made', [swap('a', 'b', 5, 6), swap(null, 'a', 0, 9)]],
  ['unknown, and never seen', [swap(null, 'a', 0, 1), swap('a', 'b', 2, 3, 'unknown'), read('a', 4, 5)]],
  ['unknown, and seen much later', [swap(null, 'a', 0, 1, 'unknown'), read(null, 2, 3), read('a', 8, 9)]],
  [
    'unknown, and built upon',
    [
      swap(null, 'a', 0, 1, 'unknown'),
      swap('a', 'b', 5, 6),
      read('b', 7, 8),
      swap('b', 'c', 9, 10, 'unknown'),
    ],
  ],
  [
    'refused for an unknown one',
    [swap(null, 'a', 0, 1), swap('a', 'x', 2, 3, 'unknown'), swap('a', 'b', 4, 5, 'refused')],
  ],
])('linearizable: %s', (_, history) => {
  expect(linearizability(history)).toBe('linearizable');
});

it.each<[string, TimedCall[]]>([
  [
    'an old value is read again',
    [swap(null, 'a', 0, 1), swap('a', 'b', 2, 3), read('b', 4, 5), read('a', 6, 7)],
  ],
  ['what was acknowledged is lost', [swap(null, 'a', 0, 1), read(null, 2, 3)]],
  ['two take the place of the same value', [swap(null, 'a', 0, 9), swap(null, 'b', 1, 8)]],
  ['a value that nobody wrote', [swap(null, 'a', 0, 1), read('z', 2, 3)]],
  ['refused although it held', [swap(null, 'a', 0, 1), swap('a', 'b', 2, 3, 'refused')]],
  [
    'a write that was told it is refused is seen',
    [swap(null, 'a', 0, 1), swap('z', 'b', 2, 3, 'refused'), read('b', 4, 5)],
  ],
  ['read before the write is made', [read('a', 0, 1), swap(null, 'a', 2, 3)]],
  [
    'two readers see two writes in two orders',
    [swap(null, 'a', 0, 1), swap('a', 'b', 2, 20), read('b', 3, 4), read('a', 5, 6)],
  ],
  [
    'an unknown one takes effect twice',
    [
      swap(null, 'a', 0, 1),
      swap('a', 'b', 2, 3, 'unknown'),
      read('b', 4, 5),
      swap('b', 'a2', 6, 7),
      read('b', 8, 9),
    ],
  ],
])('not linearizable: %s', (_, history) => {
  expect(linearizability(history)).toBe('not linearizable');
});

it('gives up after so many steps', () => {
  expect(linearizability([swap(null, 'a', 0, 1), read('a', 2, 3)], null, 1)).toBe('undecided');
});

it('decides long histories of clients that meet each other, with unknown outcomes among them', () => {
  const history: TimedCall[] = [];
  let value: string | null = null;
  for (let number = 0; number < 1000; number++) {
    const from = 10 * number;
    const unknown = number % 7 === 0;
    history.push(swap(value, `v${number}`, from, from + 14, unknown ? 'unknown' : 'done'));
    history.push(swap('other', `never${number}`, from + 1, from + 13, 'refused'));
    value = `v${number}`;
    history.push(read(value, from + 8, from + 15));
  }
  expect(linearizability(history)).toBe('linearizable');
  expect(linearizability([...history, read('v3', 20_000, 20_001)])).toBe('not linearizable');
});

it('begins with the value that it is told of', () => {
  expect(linearizability([read('a', 0, 1)], 'a')).toBe('linearizable');
  expect(linearizability([read('a', 0, 1)])).toBe('not linearizable');
});
