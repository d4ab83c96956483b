import { toolContract } from '@hybrid-sync/tool-contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

it('a list of large values is short, and a value is shown with its type and length', async () => {
  await api.call('kv_set', { key: 'page:1', value: 'v'.repeat(1_000_000), contentType: 'text/plain' });
  await api.call('kv_set', { key: 'page:2', value: 'small' });
  const listed = async () => (await api.call('hybrid_sync_keys', { prefix: 'page:' })).keys as object[];
  await expect.poll(listed).toMatchObject([
    {
      key: 'page:1',
      cache: { contentType: 'text/plain' },
      shadow: { state: 'present', method: 'ASYNC_THREAD' },
    },
    { key: 'page:2', cache: { preview: 'small', bytes: 5 } },
  ]);
  expect(JSON.stringify(await listed()).length).toBeLessThan(2000);
  const shown = await api.call('hybrid_sync_key', { key: 'page:1' });
  expect(shown).toMatchObject({
    cache: { contentType: 'text/plain', bytes: 1_000_000 + '\0data:text/plain,'.length },
    shadow: { contentType: 'text/plain' },
    complete: true,
  });
  expect(JSON.stringify(shown).length).toBeLessThan(20_000);
  const whole = { preview: 'v'.repeat(1_000_000), cut: false };
  expect(await api.call('hybrid_sync_key', { key: 'page:1', whole: true })).toMatchObject({
    cache: whole,
    shadow: whole,
  });
});

it('what others wrote into shadow and outbox is told as far as an answer can hold it', async () => {
  const { slot } = await api.call('hybrid_sync_key', { key: 'odd' });
  const wrong = { sessionId: 7, interactionId: { a: 1 } };
  const shadow = {
    slot,
    version: 5,
    lastValue: 'v',
    expireAt: new Date(8e15),
    lastWriteAt: 'once',
    ...wrong,
  };
  const event = { _id: `${slot}-6`, slot, version: 6, dead: true, attempts: 'many', lastError: { a: 1 } };
  await api.space.withDatabase(async (database) => {
    const metadata = { syncMethod: 5, fallbackReason: [] };
    await database.collection('kv_shadow').insertOne({ _id: 'odd' as never, ...shadow, metadata });
    const payload = { key: 'odd', op: 'none', expireAt: 'soon', ...wrong };
    await database.collection('outbox').insertOne({ ...event, _id: event._id as never, payload });
  });
  const shown = await api.call('hybrid_sync_key', { key: 'odd' });
  const listed = await api.call('hybrid_sync_keys', { prefix: 'odd' });
  const { hybrid_sync_key: one, hybrid_sync_keys: many } = toolContract();
  expect(one.output.parse(shown)).toEqual(shown);
  expect(many.output.parse(listed)).toEqual(listed);
  expect(shown).toMatchObject({
    shadow: { preview: 'v', version: 5, state: 'present' },
    versions: [
      { version: 6, places: ['dead'] },
      { version: 5, places: ['shadow'], op: 'set' },
    ],
  });
});

it('what is deleted is shown as the tombstone that it left', async () => {
  await api.call('kv_set', { key: 'gone', value: 'v', sessionId: 'ada' });
  await api.call('kv_del', { key: 'gone', sessionId: 'bob' });
  await expect
    .poll(() => api.call('hybrid_sync_key', { key: 'gone' }))
    .toMatchObject({ cache: null, shadow: { state: 'deleted', sessionId: 'bob' }, foreign: false });
  const { shadow } = await api.call('hybrid_sync_key', { key: 'gone' });
  expect(shadow).not.toHaveProperty('preview');
});
