import { expect, it } from 'vitest';
import { together } from './together.js';

/** Work that goes on until its signal aborts, and notes why. */
function waiting(reasons: unknown[]) {
  return (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        resolve();
      });
    });
}

it('the first failure ends the others, and is thrown once they have ended', async () => {
  const reasons: unknown[] = [];
  const failure = new Error('the first');
  const both = together(new AbortController().signal, waiting(reasons), () => Promise.reject(failure));
  await expect(both).rejects.toBe(failure);
  expect(reasons).toEqual([failure]);
});

it('all end with the signal, which is no failure of theirs', async () => {
  const reasons: unknown[] = [];
  const ended = new AbortController();
  const both = together(ended.signal, waiting(reasons), waiting(reasons));
  ended.abort('enough');
  await both;
  expect(reasons).toEqual(['enough', 'enough']);
});
