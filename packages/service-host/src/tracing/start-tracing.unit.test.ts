import { loadSettings } from '@hybrid-sync/sync-core';
import { beforeEach, expect, it, vi } from 'vitest';
import { startTracing } from './start-tracing.js';

const loaded = vi.hoisted(() => vi.fn());
vi.mock('./export-traces.js', () => {
  loaded();
  return {
    exportTraces:
      (...args: unknown[]) =>
      async () =>
        void args,
  };
});
beforeEach(() => void loaded.mockClear());

const settings = (env: Record<string, string>) => loadSettings({ env }).settings;

it('without a collector nothing of an exporter is loaded', async () => {
  const stop = await startTracing(settings({}), 'api');
  await expect(stop()).resolves.toBeUndefined();
  expect(loaded).not.toHaveBeenCalled();
});

it('with one it is', async () => {
  await startTracing(settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }), 'api');
  expect(loaded).toHaveBeenCalledOnce();
});
