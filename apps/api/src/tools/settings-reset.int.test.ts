import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const MODE = 'app.sync.mode';
let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());
beforeEach(() =>
  api.call('hybrid_sync_settings_set', { settings: { [MODE]: 'event-only', ASYNC_TIMEOUT_MS: 1500 } }),
);

const reset = (args: Record<string, unknown>) => api.call('hybrid_sync_settings_reset', args);
const modeNow = () => api.pod.live.current.mode;

it.each([
  ['nothing', {}],
  ['nothing but apply', { apply: true }],
  ['null names', { names: null, apply: true }],
  ['all that is not true', { all: false, apply: true }],
  ['all beside names', { all: true, names: [MODE], apply: true }],
])('with %s is refused, and changes nothing', async (_, args) => {
  await expect(reset(args)).rejects.toThrow(/all: /);
  expect(modeNow()).toBe('event-only');
});

it('an empty body over HTTP is refused', async () => {
  const headers = { host: 'localhost' };
  const answer = await api.app.inject({ method: 'POST', url: '/sync/settings/reset', headers });
  expect(answer.json()).toMatchObject({ status: 400, code: 'INVALID_INPUT', field: 'all' });
  expect(modeNow()).toBe('event-only');
});

it('shows without apply what it would take back', async () => {
  const { revision } = api.pod.live;
  const mode = { name: MODE, value: 'event-only' };
  expect(await reset({ names: ['SYNC_MODE'] })).toMatchObject({ applied: false, revision, settings: [mode] });
  const { settings } = await reset({ all: true });
  expect(settings).toHaveLength(2);
  expect(settings).toContainEqual(mode);
  expect({ mode: modeNow(), revision: api.pod.live.revision }).toEqual({ mode: 'event-only', revision });
});

it('refuses in a dry run, too, a setting that is none, and another revision', async () => {
  await expect(reset({ names: ['app.nothing'] })).rejects.toThrow(/app\.nothing/);
  await expect(reset({ all: true, ifRevision: 999_999 })).rejects.toThrow(/REVISION_CONFLICT/);
});

it('takes back what is named, or all, with apply', async () => {
  expect(await reset({ names: [MODE], apply: true })).toMatchObject({
    applied: true,
    settings: [{ name: MODE }],
  });
  expect(modeNow()).not.toBe('event-only');
  expect(await reset({ all: true, apply: true })).toMatchObject({
    applied: true,
    settings: [{ value: 1500 }],
  });
  expect(await reset({ all: true })).toMatchObject({ settings: [] });
});
