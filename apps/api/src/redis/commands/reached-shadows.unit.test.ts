import { StoreUnavailableError, TooManyWaitsError } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { OwnWrites } from '../own-writes.js';
import { reachedShadows } from './reached-shadows.js';

function clientThatWrote() {
  const writes = new OwnWrites();
  writes.note({ key: 'a', op: 'set', version: 1, method: 'JOURNALED' });
  return { writes, gone: new AbortController().signal, caller: undefined };
}

it('is false where the store does not answer', async () => {
  const wait = () => Promise.reject(new StoreUnavailableError('looking', new Error('away')));
  expect(await reachedShadows({ wait }, clientThatWrote(), 60_000)).toBe(false);
});

it('is false in time where the store takes longer', async () => {
  const wait = () => new Promise<never>(() => undefined);
  expect(await reachedShadows({ wait }, clientThatWrote(), 10)).toBe(false);
});

it('fails where nothing could be looked at for other reasons', async () => {
  const wait = () => Promise.reject(new TooManyWaitsError(1000, undefined));
  await expect(reachedShadows({ wait }, clientThatWrote(), 10)).rejects.toThrow(TooManyWaitsError);
});
