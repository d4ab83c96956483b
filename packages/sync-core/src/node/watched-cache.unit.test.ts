import { expect, it, vi } from 'vitest';
import type { Cache } from '../cache/cache.js';
import { slotOf } from '../cache/keys.js';
import { CacheUnavailableError, JournalFullError, PreconditionFailedError } from '../errors.js';
import { watchedCache } from './watched-cache.js';

const SLOTS = 8;
const refusal = (message: string) =>
  new CacheUnavailableError('setting a pair', Object.assign(new Error(message), { name: 'ReplyError' }));

function watched(outcome: () => unknown) {
  const call = vi.fn(async () => outcome());
  const health = { written: vi.fn(), notWritten: vi.fn() };
  const [doubt, wrote] = [vi.fn(), vi.fn()];
  const fake = { slots: SLOTS, set: call, delete: call, resync: call } as unknown as Cache;
  const cache = watchedCache(fake, { health, wrote, doubt });
  const all = [
    () => cache.set({ key: 'a', value: '' }),
    () => cache.delete('a'),
    () => cache.resync('a'),
  ] as const;
  return { all, health, doubt, wrote };
}

it('tells of every write, and of each that was applied', async () => {
  const { all, health, wrote } = watched(() => 'applied');
  for (const write of all) expect(await write()).toBe('applied');
  expect(health.written).toHaveBeenCalledTimes(all.length);
  expect(wrote).toHaveBeenCalledTimes(all.length);
});

it.each([
  ['OOM', refusal('OOM command not allowed'), 1],
  ['READONLY', refusal('READONLY You can not write'), 1],
  ['TIMEOUT', new CacheUnavailableError('setting a pair', new Error('Command timed out')), 1],
  ['JOURNAL_FULL', new JournalFullError(1, 1), 1],
  ['WRONGTYPE', refusal('WRONGTYPE Operation against a key holding the wrong kind of value'), 0],
  ['ERR', refusal('ERR The ID specified in XADD is equal or smaller'), 0],
])('doubts the slot, and the server where others would fail too: %s', async (cause, error, times) => {
  const { all, health, doubt } = watched(() => {
    throw error;
  });
  for (const write of all) await expect(write()).rejects.toBe(error);
  expect(doubt.mock.calls).toEqual(all.map(() => [slotOf('a', SLOTS)]));
  expect(health.notWritten).toHaveBeenCalledTimes(times * all.length);
  for (const [told] of health.notWritten.mock.calls) expect(told).toBe(cause);
});

it('takes a condition that does not hold for neither', async () => {
  const { all, health, doubt } = watched(() => {
    throw new PreconditionFailedError(1);
  });
  for (const write of all) await expect(write()).rejects.toThrow(PreconditionFailedError);
  expect([health.written, health.notWritten, doubt].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
});
