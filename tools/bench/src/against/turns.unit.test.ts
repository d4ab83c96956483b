import { expect, it } from 'vitest';
import { turnsOf } from './turns.js';

it('both sides have their turn in each round, and which goes first changes', () => {
  expect(turnsOf(3)).toEqual([
    ['today', 'former'],
    ['former', 'today'],
    ['today', 'former'],
  ]);
});
