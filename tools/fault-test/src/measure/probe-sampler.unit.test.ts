import { systemClock } from '@hybrid-sync/trials';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ProbeSampler, type ProbeSamplerParts } from './probe-sampler.js';

vi.mock('../system/deployment.js', () => ({ isReady: async () => true }));

it('a write that began before a fail-over, and is answered after it, does not show that a pod can write again', () => {
  const sampler = new ProbeSampler({ clock: systemClock } as unknown as ProbeSamplerParts);
  const write = { key: 'k', pods: [0], outcome: 'EVENT_BASED', reason: '' } as const;
  const failedOverAt = 1000;
  sampler.wrote({ ...write, intendedAt: 900, endedAt: 2500 });
  expect(sampler.wroteAt(0)).toBeLessThan(failedOverAt);
  sampler.wrote({ ...write, intendedAt: 2600, endedAt: 2610 });
  sampler.wrote({ ...write, intendedAt: 950, endedAt: 2700 });
  expect(sampler.wroteAt(0)).toBe(2600);
  expect(sampler.wroteAt(1)).toBe(Number.NEGATIVE_INFINITY);
});

it('what a projector has in hand that dies is not held against the other one until it can be taken over', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const [podA, podB, dying, living] = ['api-0', 'api-1', 'projector-0', 'projector-1'].map((name) => ({
    name,
  }));
  const sampler = new ProbeSampler({
    pods: [podA, podB],
    projectors: [dying, living],
    stores: {
      journal: { oldest: async () => new Map() },
      outbox: { oldestWaiting: async () => new Map([[7, 42]]) },
    },
    clock: {
      now: () => Date.now(),
      sleepUntil: (at: number) => new Promise((go) => setTimeout(go, at - Date.now())),
    },
  } as unknown as ProbeSamplerParts);
  const since = Date.now();
  sampler.start();
  sampler.projectorDied();
  await vi.advanceTimersByTimeAsync(20_000);
  const green = sampler.take(since).at(-1);
  expect(green).toMatchObject({ name: 'projector-1', what: 'drains', slot: 7, fromMs: 9000 });
  expect(green?.greenMs).toBeGreaterThan(10_000);
  const stopped = sampler.stop();
  await vi.advanceTimersByTimeAsync(1000);
  await stopped;
});
