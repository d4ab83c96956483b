import { systemClock } from '@hybrid-sync/trials';
import { expect, it } from 'vitest';
import { ProbeSampler, type ProbeSamplerParts } from './probe-sampler.js';

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
