import { expect, it, vi } from 'vitest';
import { CacheUnavailableError, JournalFullError } from '../errors.js';
import { deferred } from '../testing/deferred.js';
import { timeCalls } from './timed-calls.js';

class Store {
  readonly #answers: Promise<string>[];
  constructor(...answers: Promise<string>[]) {
    this.#answers = answers;
  }
  async ask(_question: string): Promise<string> {
    return this.#answers.shift() ?? '';
  }
  async other(): Promise<string> {
    return 'not measured';
  }
}

function timed(...answers: Promise<string>[]) {
  for (const answer of answers) answer.catch(() => undefined);
  const store = new Store(...answers);
  const called = vi.fn();
  timeCalls(store, ['ask'], 'store', 'redis', { called });
  return { store, called };
}

it('a measured call answers as before, and is measured when it has', async () => {
  const answer = deferred<string>();
  const { store, called } = timed(answer.promise);
  const asked = store.ask('how?');
  expect(called).not.toHaveBeenCalled();
  answer.resolve('so');
  expect(await asked).toBe('so');
  expect(called).toHaveBeenCalledExactlyOnceWith('redis', 'store.ask', expect.any(Number), false);
});

it('a call that was not named is not measured', async () => {
  const { store, called } = timed();
  await store.other();
  expect(called).not.toHaveBeenCalled();
});

it.each([
  [new CacheUnavailableError('asking', new Error('away')), true],
  [new Error('socket closed'), true],
  [new JournalFullError(1, 10), false],
])('a call that throws still throws: %s; it failed unless the server answered: %s', async (error, failed) => {
  const { store, called } = timed(Promise.reject(error));
  await expect(store.ask('how?')).rejects.toBe(error);
  expect(called).toHaveBeenCalledExactlyOnceWith('redis', 'store.ask', expect.any(Number), failed);
});
