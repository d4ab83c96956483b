import { expect, it, vi } from 'vitest';
import { CacheUnavailableError, JournalFullError, NotReadyError, StoreUnavailableError } from '../errors.js';
import { redisCalls } from '../redis/redis-calls.js';
import { mongoCalls } from '../store/mongo-calls.js';
import { StoreFailingError } from '../store/write-errors.js';
import { deferred } from '../testing/deferred.js';

const CALLS = { redis: redisCalls, mongodb: mongoCalls };
type Server = keyof typeof CALLS;

function boundary(server: Server = 'redis') {
  const called = vi.fn();
  return { calls: CALLS[server]('store', { called }), called };
}

it('a measured call answers as it was answered, and is measured when it has', async () => {
  const { calls, called } = boundary();
  const answer = deferred<string>();
  const asked = calls.ask('asking', () => answer.promise, 'ask');
  expect(called).not.toHaveBeenCalled();
  answer.resolve('so');
  expect(await asked).toBe('so');
  expect(called).toHaveBeenCalledExactlyOnceWith('redis', 'store.ask', expect.any(Number), false);
});

it('a call without a name is not measured', async () => {
  const { calls, called } = boundary();
  await calls.ask('asking', async () => 'so');
  expect(called).not.toHaveBeenCalled();
});

const AWAY = new Error('socket closed');
it.each([
  ['redis', AWAY, CacheUnavailableError],
  ['mongodb', AWAY, StoreUnavailableError],
  ['mongodb', new NotReadyError('not proven yet'), StoreUnavailableError],
] as const)(
  'what %s fails of (%s) says which server failed, while doing what',
  async (server, cause, told) => {
    const { calls, called } = boundary(server);
    const error = await calls.ask('asking', () => Promise.reject(cause), 'ask').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(told);
    expect(error.message).toContain('while asking');
    expect(error.cause).toBe(cause);
    expect(called).toHaveBeenCalledExactlyOnceWith(server, 'store.ask', expect.any(Number), true);
  },
);

it.each([
  ['redis', new CacheUnavailableError('looking', AWAY), true],
  ['redis', new JournalFullError(1, 10), false],
  ['mongodb', new StoreUnavailableError('looking', AWAY), true],
  ['mongodb', new StoreFailingError('throttled', new Set(), new Map(), false), true],
] as const)(
  'what %s was told already, %s, stays; it failed unless the server answered: %s',
  async (server, error, failed) => {
    const { calls, called } = boundary(server);
    await expect(calls.ask('asking', () => Promise.reject(error), 'ask')).rejects.toBe(error);
    expect(called).toHaveBeenCalledExactlyOnceWith(server, 'store.ask', expect.any(Number), failed);
  },
);

it.each(['redis', 'mongodb'] as const)('no fault of our own is said to be one of %s', async (server) => {
  const { calls } = boundary(server);
  const fault = new TypeError("Cannot read properties of undefined (reading 'version')");
  const ask = () => {
    throw fault;
  };
  await expect(calls.ask('asking', ask)).rejects.toBe(fault);
});
