import { loadSettings, ProjectorNode } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { send } from '../testing/http-request.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let projector: ProjectorNode;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  projector = new ProjectorNode(loadSettings({ env: api.space.env }), pino({ level: 'silent' }));
  await projector.start();
});
afterAll(async () => {
  await projector.stop();
  await api.stop();
});

const pause = (part: string, paused: boolean, more: object = {}) =>
  send(api.app, { method: 'POST', url: '/sync/pause', body: { part, paused, ...more } });
const set = (key: string) => api.call('hybrid_sync_manual', { key, value: 'v', mode: 'hybrid' });
const troubles = async () =>
  (await api.call('hybrid_sync_load_check')).troubles as { name: string; message: string }[];
const ready = async () => send(api.app, { url: '/readyz' });

it('a paused fast path sends every write to the outbox, whatever mode it asks for, until it is resumed', async () => {
  expect(await set('before')).toMatchObject({ method: 'ASYNC_THREAD' });
  const { status, body } = await pause('fast-path', true, { reason: 'maintenance' });
  expect([status, body.paused]).toEqual([200, [{ part: 'fast-path', by: 'local', at: expect.any(String) }]]);
  expect(await set('paused')).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' });
  expect((await troubles()).find(({ name }) => name === 'PART_PAUSED')?.message).toMatch(
    /^The fast path is paused: .* since .*, by local; /,
  );
  expect(await ready()).toMatchObject({ status: 200, body: { pausedParts: ['fast-path'] } });

  expect((await pause('fast-path', false)).body.paused).toEqual([]);
  expect(await set('after')).toMatchObject({ method: 'ASYNC_THREAD' });
  expect((await troubles()).filter(({ name }) => name === 'PART_PAUSED')).toEqual([]);
  const { changes } = await api.call('hybrid_sync_settings_history', { limit: 2 });
  expect(changes).toMatchObject([{ by: 'local' }, { by: 'local', reason: 'maintenance' }]);
});

it('paused projectors drain nothing, and say so without being unready, until they are resumed', async () => {
  await pause('projector', true);
  await expect.poll(() => projector.readiness().pausedParts).toEqual(['projector']);
  const { version } = await api.call('hybrid_sync_manual', { key: 'waits', value: 'v', mode: 'event-only' });
  const { outbox } = api.pod.stores;
  expect(await api.call('hybrid_sync_wait', { key: 'waits', version, waitMs: 3000 })).toMatchObject({
    reached: false,
  });
  expect(await outbox.countUnprocessed(10)).toBe(1);
  expect(projector.readiness()).toMatchObject({ ready: true });

  await pause('projector', false);
  await expect
    .poll(() => api.call('hybrid_sync_wait', { key: 'waits', version }), { timeout: 20_000 })
    .toMatchObject({ reached: true });
});

it('a part that is paused already has been so since it was, whoever pauses it again', async () => {
  const [first] = (await pause('projector', true)).body.paused;
  const again = await pause('projector', true, { reason: 'not seen that it was' });
  expect([again.status, again.body.paused]).toEqual([200, [first]]);
  const { changes } = await api.call('hybrid_sync_settings_history', { limit: 1 });
  expect(changes).toMatchObject([
    { reason: 'not seen that it was', settings: [{ before: true, after: true }] },
  ]);
  expect((await pause('projector', false)).body.paused).toEqual([]);
});

it('is made only over the revision asked for', async () => {
  expect(await pause('projector', true, { ifRevision: 1 })).toMatchObject({
    status: 409,
    body: { code: 'REVISION_CONFLICT' },
  });
  expect((await ready()).body.pausedParts).toEqual([]);
});
