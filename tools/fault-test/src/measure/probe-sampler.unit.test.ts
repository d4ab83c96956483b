import { systemClock } from '@hybrid-sync/trials';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ProbeSampler, type ProbeSamplerParts } from './probe-sampler.js';

vi.mock('../system/deployment.js', () => ({ isReady: async () => true }));

const named = (name: string) => ({ name });
const APPS = {
  pods: ['api-0', 'api-1'].map(named),
  projectors: ['projector-0', 'projector-1'].map(named),
};

it('a write that began before a fail-over, and is answered after it, does not show that a pod can write again', () => {
  const sampler = new ProbeSampler({ ...APPS, clock: systemClock } as unknown as ProbeSamplerParts);
  const write = { key: 'k', pods: [0], outcome: 'EVENT_BASED', reason: '' } as const;
  const failedOverAt = 1000;
  sampler.wrote({ ...write, intendedAt: 900, endedAt: 2500 });
  expect(sampler.wroteAt(0)).toBeLessThan(failedOverAt);
  sampler.wrote({ ...write, intendedAt: 2600, endedAt: 2610 });
  sampler.wrote({ ...write, intendedAt: 950, endedAt: 2700 });
  expect(sampler.wroteAt(0)).toBe(2600);
  expect(sampler.wroteAt(1)).toBe(Number.NEGATIVE_INFINITY);
});

const OVERDUE_MS = 12_000;

/** What a sampler takes for drains that fail in half a minute in which both projectors say that they are ready. */
async function greenDrains(
  { journal = new Map(), outbox = new Map() }: Readonly<Record<string, ReadonlyMap<number, number>>>,
  happens: (sampler: ProbeSampler) => void = () => undefined,
) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sampler = new ProbeSampler({
    ...APPS,
    stores: {
      journal: { oldest: async () => journal },
      outbox: { oldestWaiting: async () => outbox },
    },
    overdueMs: OVERDUE_MS,
    clock: {
      now: () => Date.now(),
      sleepUntil: (at: number) => new Promise((go) => setTimeout(go, at - Date.now())),
    },
  } as unknown as ProbeSamplerParts);
  const since = Date.now();
  sampler.start();
  happens(sampler);
  await vi.advanceTimersByTimeAsync(30_000);
  const stopped = sampler.stop();
  await vi.advanceTimersByTimeAsync(1000);
  await stopped;
  return sampler.take(since).at(-1);
}

it('what a projector has in hand that dies is not held against the other one until it can be taken over', async () => {
  const green = await greenDrains({ outbox: new Map([[7, 42]]) }, (sampler) => sampler.projectorDied());
  expect(green).toMatchObject({ name: 'projector-1', what: 'drains', slot: 7, fromMs: 9000 });
  expect(green?.greenMs).toBeGreaterThan(20_000);
});

it('an entry of the journal is held against projectors once it is overdue, and a sweep has found it', async () => {
  const green = await greenDrains({ journal: new Map([[7, 42]]) });
  expect(green).toMatchObject({ slot: 7, fromMs: OVERDUE_MS + 500 });
});
