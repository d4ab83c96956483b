import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { Backlog } from './backlog.js';

let backlog: Backlog;
afterEach(() => backlog.stop());

function started(unprocessed: number) {
  const outbox = {
    countUnprocessed: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    countDead: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    // Two seconds before the present of Redis, in microseconds.
    oldestVersion: vi.fn(async () => 8_000_000),
  };
  const journal = {
    now: async () => 10_000,
    depth: async () => ({ entries: 7, oldestMs: 1500, fullest: 50 }),
  };
  const metrics = new Metrics('api');
  const current = { slots: 4, metricsSampleMs: 60_000, journalMaxPerSlot: 200 };
  backlog = new Backlog({ journal, outbox }, { current: current as never }, pino({ level: 'silent' }));
  backlog.showIn(metrics);
  backlog.start();
  const shown = async (name: string) =>
    Number(/ (\S+)$/m.exec((await metrics.registry.getSingleMetricAsString(name)).split('\n')[2] ?? '')?.[1]);
  return { outbox, shown };
}

it('counts no further than a bound, however much waits', async () => {
  const { outbox, shown } = started(1_000_000);
  await expect.poll(() => shown('hybrid_sync_outbox_unprocessed')).toBe(10_000);
  expect(await shown('hybrid_sync_outbox_dead_letters')).toBe(10_000);
  expect(outbox.countUnprocessed.mock.calls).toEqual([[10_000]]);
  expect(outbox.countDead.mock.calls).toEqual([[10_000]]);
});

it('shows ages in seconds, and the fullest slot as a share of its bound', async () => {
  const { shown } = started(3);
  await expect.poll(() => shown('hybrid_sync_outbox_oldest_seconds')).toBe(2);
  expect(await shown('hybrid_sync_journal_oldest_seconds')).toBe(1.5);
  expect(await shown('hybrid_sync_journal_pending')).toBe(7);
  expect(await shown('hybrid_sync_journal_fullest_ratio')).toBe(0.25);
});

it('looks for the oldest event only where there is one', async () => {
  const { outbox, shown } = started(0);
  await expect.poll(() => shown('hybrid_sync_outbox_oldest_seconds')).toBe(0);
  expect(outbox.oldestVersion).not.toHaveBeenCalled();
});
