import { JournalFullError } from '@hybrid-sync/sync-core';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const KEYS = Array.from({ length: 300 }, (_, index) => `p*:${index}`);

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi({ SYNC_MODE: 'hybrid', ASYNC_TIMEOUT_MS: '20000' });
});
afterAll(() => api.stop());
beforeEach(async () => {
  // The star is a character of the prefix, and no pattern.
  for (const key of [...KEYS, 'pa:other']) void api.pod.running.sync.set({ key, value: 'v' });
  await api.pod.running.sync.idle();
});

const call = async (args: object) =>
  (await send(api.app, { method: 'POST', url: '/kv/delete-prefix', body: { prefix: 'p*:', ...args } })).body;
const left = async () =>
  (await api.pod.stores.cache.getMany(KEYS)).filter((pair) => pair !== undefined).length;

it('a dry run counts and changes nothing', async () => {
  const plan = await call({});
  expect(plan).toMatchObject({ applied: false, complete: true, cursor: null, deleted: 0, stopped: null });
  expect(plan.keys).toBeGreaterThanOrEqual(KEYS.length);
  expect(plan.samples).toHaveLength(20);
  expect(await left()).toBe(KEYS.length);
});

it('applied, it deletes these keys on both sides and no others', async () => {
  expect(await call({ apply: true, sessionId: 's' })).toMatchObject({ complete: true, deleted: KEYS.length });
  expect(await left()).toBe(0);
  const shadows = await Promise.all(KEYS.map((key) => api.pod.stores.shadows.find(key)));
  expect(shadows.filter((shadow) => shadow?.deleted && shadow.sessionId === 's')).toHaveLength(KEYS.length);
  expect(await api.pod.stores.cache.get('pa:other')).toMatchObject({ value: 'v' });
});

it('with a small budget it takes several calls, which go on at the cursor', async () => {
  let [cursor, calls, deleted]: [string | null, number, number] = ['0', 0, 0];
  while (cursor !== null) {
    const answer = await call({ apply: true, budgetMs: 1, cursor });
    expect(answer.complete).toBe(answer.cursor === null);
    cursor = answer.cursor;
    deleted += answer.deleted;
    calls++;
  }
  expect(deleted).toBe(KEYS.length);
  expect(calls).toBeGreaterThan(1);
});

it('a key that can not be deleted ends the call, whose cursor takes it again', async () => {
  const { sync } = api.pod.running;
  const refuse = vi.spyOn(sync, 'delete').mockRejectedValueOnce(new JournalFullError(1, 10));
  const answer = await call({ apply: true });
  refuse.mockRestore();
  expect(answer).toMatchObject({ complete: false, stopped: expect.stringContaining('journal') });
  expect(await call({ apply: true, cursor: answer.cursor })).toMatchObject({ complete: true });
  expect(await left()).toBe(0);
});

it('nobody deletes all keys by leaving the prefix out or empty', async () => {
  for (const prefix of ['', undefined]) {
    expect(await call({ prefix, apply: true })).toMatchObject({ code: 'INVALID_INPUT', field: 'prefix' });
  }
  expect(await left()).toBe(KEYS.length);
});
