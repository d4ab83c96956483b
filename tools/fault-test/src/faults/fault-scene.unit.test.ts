import { expect, it, vi } from 'vitest';
import { allLeaves, type FaultScene } from './fault-scene.js';

it('what was acknowledged in a slot has to leave it, also where its versions are ahead of what Redis calls now', async () => {
  const waiting = [150, 150, 160].map((version) => new Map([[0, version]]));
  const oldestWaiting = vi.fn(async () => waiting.shift() ?? new Map([[0, 200]]));
  const onFinding = vi.fn();
  const scene = {
    stores: {
      journal: { oldest: async () => new Map<number, number>(), now: async () => 0 },
      outbox: { oldestWaiting },
    },
    traffic: { newestVersions: () => new Map([[0, 160]]) },
    settings: { slots: 1 },
    onFinding,
    signal: new AbortController().signal,
  };
  await allLeaves('then', scene as unknown as FaultScene);
  expect(oldestWaiting).toHaveBeenCalledTimes(4);
  expect(onFinding).not.toHaveBeenCalled();
});
