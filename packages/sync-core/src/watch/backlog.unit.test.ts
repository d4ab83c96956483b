import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { Backlog } from './backlog.js';

let backlog: Backlog;
afterEach(() => backlog.stop());

function started(unprocessed: number, clockLeadMs = 4000) {
  const outbox = {
    countUnprocessed: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    countDead: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    // Two seconds before the present of Redis.
    oldestSince: vi.fn(async () => 8000),
  };
  const journal = {
    now: async () => 10_000,
    depth: async () => ({ entries: 7, oldestMs: 1500, fullest: 50, largest: 10, clockLeadMs }),
  };
  const metrics = new Metrics('api');
  const current = { slots: 4, metricsSampleMs: 60_000, journalMaxPerSlot: 200, journalMaxBytesPerSlot: 100 };
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
  backlog = new Backlog({ journal, outbox }, { current: current as never }, log);
  backlog.showIn(metrics);
  backlog.start();
  const shown = async (name: string) =>
    Number(/ (\S+)$/m.exec((await metrics.registry.getSingleMetricAsString(name)).split('\n')[2] ?? '')?.[1]);
  return { outbox, shown, lines };
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
  expect(await shown('hybrid_sync_clock_lead_seconds')).toBe(4);
  expect(await shown('hybrid_sync_journal_pending')).toBe(7);
  expect(await shown('hybrid_sync_journal_fullest_ratio')).toBe(0.25);
});

it('looks for the oldest event only where there is one', async () => {
  const { outbox, shown } = started(0);
  await expect.poll(() => shown('hybrid_sync_outbox_oldest_seconds')).toBe(0);
  expect(outbox.oldestSince).not.toHaveBeenCalled();
});

it("warns of versions that are ahead of Redis' clock by more than a minute", async () => {
  const { shown, lines } = started(0, 3_600_000);
  await expect.poll(() => shown('hybrid_sync_clock_lead_seconds')).toBe(3600);
  expect(lines).toEqual([expect.stringContaining('"leadSeconds":3600')]);
});

it('counts for load what is late, and tells how long that took for as long as it says something', async () => {
  const { outbox } = started(3);
  expect(backlog.countedMs(60_000)).toBeUndefined();
  expect(await backlog.countLate(101, 250)).toBe(3);
  expect(outbox.countUnprocessed).toHaveBeenLastCalledWith(101, 250);
  expect(backlog.countedMs(60_000)).toBeGreaterThanOrEqual(0);
  expect(backlog.countedMs(-1)).toBeUndefined();
});
