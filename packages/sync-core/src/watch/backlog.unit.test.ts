import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { Backlog } from './backlog.js';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

async function seen(
  unprocessed: number,
  clockLeadMs = 4000,
  journalNow = async () => 10_000,
  metricsSampleMs = 60_000,
) {
  const outbox = {
    countUnprocessed: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    countDead: vi.fn(async (limit: number) => Math.min(unprocessed, limit)),
    // Two seconds before the present of Redis.
    firstInLine: vi.fn(async () => new Map([[2, { since: 8000, due: true, what: 'a' }]])),
  };
  const journal = {
    now: journalNow,
    depth: vi.fn(async ({ inBytes = true }: { inBytes?: boolean } = {}) => ({
      ...{ entries: 7, oldestMs: 1500, sameHeadMs: 1000, fullest: 10, clockLeadMs },
      largest: inBytes ? 25 : 0,
    })),
  };
  const metrics = new Metrics('api');
  const current = {
    slots: 4,
    metricsSampleMs,
    recoverAfterMs: 500,
    journalMaxPerSlot: 200,
    journalMaxBytesPerSlot: 100,
  };
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) });
  let idle = false;
  const backlog = new Backlog({ journal, outbox }, { current: current as never }, () => idle, log);
  backlog.showIn(metrics);
  /** Looks each hundred milliseconds, for so many of them. */
  const looksFor = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      await vi.advanceTimersByTimeAsync(100);
      await Promise.all([backlog.journal.lookWhenDue(), backlog.outbox.lookWhenDue()]);
    }
  };
  await looksFor(100);
  const shown = async (name: string) =>
    Number(/ (\S+)$/m.exec((await metrics.registry.getSingleMetricAsString(name)).split('\n')[2] ?? '')?.[1]);
  return {
    ...{ backlog, outbox, journal, shown, lines, looksFor },
    becomesIdle: () => {
      idle = true;
    },
  };
}

it('counts no further than a bound, however much waits', async () => {
  const { outbox, shown } = await seen(1_000_000);
  expect(await shown('hybrid_sync_outbox_unprocessed')).toBe(10_000);
  expect(await shown('hybrid_sync_outbox_dead_letters')).toBe(10_000);
  for (const { mock } of [outbox.countUnprocessed, outbox.countDead])
    expect(mock.calls.every(([limit]) => limit === 10_000)).toBe(true);
});

it('shows ages in seconds, and the fullest slot as a share of its bound', async () => {
  const { shown } = await seen(3);
  expect(await shown('hybrid_sync_outbox_oldest_seconds')).toBe(2);
  expect(await shown('hybrid_sync_journal_oldest_seconds')).toBe(1.5);
  expect(await shown('hybrid_sync_clock_lead_seconds')).toBe(4);
  expect(await shown('hybrid_sync_journal_pending')).toBe(7);
  expect(await shown('hybrid_sync_journal_fullest_ratio')).toBe(0.25);
});

it('looks for the oldest event only where there is one', async () => {
  const { outbox, shown } = await seen(0);
  expect(await shown('hybrid_sync_outbox_oldest_seconds')).toBe(0);
  expect(outbox.firstInLine).not.toHaveBeenCalled();
});

it("warns of versions that are ahead of Redis' clock by more than a minute", async () => {
  const { shown, lines } = await seen(0, 3_600_000);
  expect(await shown('hybrid_sync_clock_lead_seconds')).toBe(3600);
  expect(lines).toEqual([expect.stringContaining('"leadSeconds":3600')]);
});

it('counts for load what is late, and tells how long that took for as long as it says something', async () => {
  const { backlog, outbox } = await seen(3);
  expect(backlog.countedMs(60_000)).toBeUndefined();
  expect(await backlog.countLate(101, 250)).toBe(3);
  expect(outbox.countUnprocessed).toHaveBeenCalledWith(101, 250);
  expect(backlog.countedMs(60_000)).toBeGreaterThanOrEqual(0);
  expect(backlog.countedMs(-1)).toBeUndefined();
});

it('measures bytes and looks for the oldest event no oftener than the metrics ask, however often it counts', async () => {
  const { journal, outbox, shown, looksFor } = await seen(3);
  await looksFor(10_000);
  expect(journal.depth.mock.calls.length).toBeGreaterThan(3);
  expect(outbox.countUnprocessed.mock.calls.length).toBeGreaterThan(3);
  expect(journal.depth.mock.calls.filter(([asked]) => asked?.inBytes)).toHaveLength(1);
  expect(outbox.firstInLine).toHaveBeenCalledOnce();
  expect(await shown('hybrid_sync_journal_fullest_ratio')).toBe(0.25);
});

it('counts events also while Redis is away', async () => {
  const { shown } = await seen(3, 0, () => Promise.reject(new Error('away')));
  expect(await shown('hybrid_sync_outbox_unprocessed')).toBe(3);
  expect(await shown('hybrid_sync_outbox_oldest_seconds')).toBeNaN();
});

it('looks at journals each second and at the outbox every two, and seldom while no process has anything to do', async () => {
  const { journal, outbox, looksFor, becomesIdle } = await seen(0);
  await looksFor(10_000);
  expect(journal.depth).toHaveBeenCalledTimes(11);
  expect(outbox.countUnprocessed).toHaveBeenCalledTimes(6);
  becomesIdle();
  await looksFor(45_000);
  expect(journal.depth).toHaveBeenCalledTimes(12);
  expect(outbox.countUnprocessed).toHaveBeenCalledTimes(15);
});

describe('what no projector takes', () => {
  const first = (what: string, due = true) => new Map([[2, { since: 8000, due, what }]]);

  it('is the first event of a slot that stays the same and is due for half a minute', async () => {
    const { backlog, outbox, shown, looksFor } = await seen(3, 0, undefined, 1000);
    await looksFor(25_000);
    expect(backlog.notDrained).toEqual([]);
    await looksFor(10_000);
    expect(backlog.notDrained).toEqual([{ of: 'outbox', forMs: expect.any(Number) }]);
    expect(await shown('hybrid_sync_not_drained_seconds')).toBeGreaterThan(30);
    outbox.firstInLine.mockResolvedValue(first('b'));
    await looksFor(4000);
    expect(backlog.notDrained).toEqual([]);
  });

  it('is no event that failed and waits for its next attempt', async () => {
    const { backlog, outbox, looksFor } = await seen(3, 0, undefined, 1000);
    outbox.firstInLine.mockResolvedValue(first('a', false));
    await looksFor(60_000);
    expect(backlog.notDrained).toEqual([]);
  });

  it('is an entry that stays the first of its journal once it is overdue', async () => {
    const { backlog, journal, looksFor } = await seen(0);
    const depth = { entries: 7, oldestMs: 0, fullest: 10, clockLeadMs: 0, largest: 0 };
    journal.depth.mockResolvedValue({ ...depth, sameHeadMs: 30_400 });
    await looksFor(2000);
    expect(backlog.notDrained).toEqual([]);
    journal.depth.mockResolvedValue({ ...depth, sameHeadMs: 30_500 });
    await looksFor(2000);
    expect(backlog.notDrained).toEqual([{ of: 'journal', forMs: 30_000 }]);
  });
});
