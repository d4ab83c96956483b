import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lookInTurns } from './look-in-turns.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('connections to one Redis look in turns, those to another on their own', async () => {
  const seen: string[] = [];
  const at = (where: string, name: string) =>
    lookInTurns(where, async () => {
      seen.push(name);
      return false;
    });
  const ends = [at('redis://a', 'a1'), at('redis://a', 'a2'), at('redis://b', 'b')];
  await vi.advanceTimersByTimeAsync(6000);
  expect(seen).toEqual(['a1', 'b', 'a2', 'b', 'a1', 'b']);
  for (const end of ends) end();
  await vi.advanceTimersByTimeAsync(6000);
  expect(seen).toHaveLength(6);
  expect(vi.getTimerCount()).toBe(0);
});

it('what one finds makes the others look at once', async () => {
  const looks = [true, false, false].map((found) => vi.fn(async () => found));
  const ends = looks.map((look) => lookInTurns('redis://a', look));
  await vi.advanceTimersByTimeAsync(2000);
  expect(looks.map((look) => look.mock.calls.length)).toEqual([1, 1, 1]);
  for (const end of ends) end();
});
