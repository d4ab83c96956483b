import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { audited } from './audit.js';
import { toolRegistry } from './tool-registry.js';

/** Acts of administrators and their lines in the log. */
let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const log = { info: vi.fn(), warn: vi.fn() };
beforeEach(() => vi.clearAllMocks());
const call = (name: string, args: Record<string, unknown>) =>
  toolRegistry(api.pod, undefined, { log, metrics: api.pod.metrics }).get(name)?.call(args, { by: 'boss' });
const lines = () => [...log.info.mock.calls, ...log.warn.mock.calls].map(([line]) => line);

it.each<[string, Record<string, unknown>, object]>([
  ['hybrid_sync_discard_dead_letters', { key: 'a', apply: true }, { key: 'a', apply: true }],
  ['hybrid_sync_requeue_dead_letters', { key: 'a', perSecond: 5 }, { key: 'a', perSecond: 5 }],
  ['force_sync_repair', { key: 'a', apply: true }, { key: 'a', apply: true }],
  ['restore_cache', { prefix: 'p:' }, { prefix: 'p:' }],
  ['import_plain_keys', { match: 'plain:*', apply: true }, { match: 'plain:*', apply: true }],
  ['hybrid_sync_settings_set', { settings: { 'app.sync.mode': 'hybrid' } }, { settings: ['app.sync.mode'] }],
  [
    'hybrid_sync_settings_reset',
    { names: ['app.sync.mode'], apply: true },
    { names: ['app.sync.mode'], apply: true },
  ],
])('%s has one line that says whose, what, and what it touched', async (tool, args, touches) => {
  await call(tool, args);
  expect(lines()).toEqual([{ by: 'boss', tool, touches, did: expect.any(Object) }]);
});

it('every tool for administrators is audited', () => {
  const tools = [...toolRegistry(api.pod).values()];
  const places = { log, metrics: api.pod.metrics };
  const kept = tools.filter((tool) => audited(tool, places) === tool).map(({ role }) => role);
  expect(kept).not.toContain('admin');
});

it('what only looks has none: reads, writes of clients, and a dry run', async () => {
  await call('hybrid_sync_stats', {});
  await call('kv_set', { key: 'a', value: 'b' });
  await call('force_sync_repair', { key: 'a' });
  await call('force_sync_repair', { key: 'a', apply: false });
  await call('import_plain_keys', { match: 'plain:*' });
  expect(lines()).toEqual([]);
});

it('an act that fails has one too, and values never stand in it', async () => {
  const failing = call('hybrid_sync_settings_set', { settings: { 'app.sync.mode': 'a secret' } });
  await expect(failing).rejects.toThrow();
  expect(lines()).toEqual([expect.objectContaining({ by: 'boss', code: 'INVALID_INPUT' })]);
  expect(JSON.stringify(lines())).not.toContain('a secret');
});

it('acts are counted', async () => {
  await call('restore_cache', { prefix: 'p:' });
  const scraped = await api.pod.metrics.registry.metrics();
  expect(scraped).toMatch(
    /hybrid_sync_admin_acts_total\{tool="restore_cache",outcome="done",role="api"\} [1-9]/,
  );
});
