import { StoreUnavailableError, TooManyWaitsError } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { OwnWrites } from '../own-writes.js';
import { reachedShadows } from './reached-shadows.js';

function clientThatWrote() {
  const writes = new OwnWrites();
  const leaving = new AbortController();
  writes.note({ key: 'a', op: 'set', version: 1, method: 'JOURNALED' });
  return { writes, gone: leaving.signal, caller: undefined, leave: () => leaving.abort() };
}

it('is false where the store does not answer', async () => {
  const wait = () => Promise.reject(new StoreUnavailableError('looking', new Error('away')));
  expect(await reachedShadows({ wait }, clientThatWrote(), 60_000)).toBe(false);
});

it('is false in time where the store takes longer', async () => {
  const wait = () => new Promise<never>(() => undefined);
  expect(await reachedShadows({ wait }, clientThatWrote(), 10)).toBe(false);
});

it('is false as soon as the client has gone', async () => {
  const wait = () => new Promise<never>(() => undefined);
  const client = clientThatWrote();
  const reached = reachedShadows({ wait }, client, 86_400_000);
  client.leave();
  expect(await reached).toBe(false);
});

it('fails where nothing could be looked at for other reasons', async () => {
  const wait = () => Promise.reject(new TooManyWaitsError(1000, undefined));
  await expect(reachedShadows({ wait }, clientThatWrote(), 10)).rejects.toThrow(TooManyWaitsError);
});
