import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LargeAnswers } from './large-answers.js';

const large = { pairs: [{ value: 'x'.repeat(100_000) }] };

it('large answers are written one after the other, small ones at once', async () => {
  const answers = new LargeAnswers();
  const written: string[] = [];
  const write = async (name: string, answer: object) => {
    await answers.turn(answer);
    written.push(name);
  };
  const all = [write('large 1', large), write('large 2', large), write('small', { value: 'x' })];
  await nextTurn();
  expect(written).toEqual(['small', 'large 1']);
  await Promise.all(all);
  expect(written).toEqual(['small', 'large 1', 'large 2']);
});
