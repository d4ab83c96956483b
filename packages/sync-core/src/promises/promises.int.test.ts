import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { playSteps } from '../testing/play-steps.js';
import { realWorld } from '../testing/real-world.js';
import { anyStep, REGRESSIONS, SLOTS } from '../testing/steps.js';

const RUNS = 60;

let world: Awaited<ReturnType<typeof realWorld>>;
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());

it('the promises hold over any history of writes, late and repeated deliveries, and crashes: on the real stores', async () => {
  const checked = fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 30, size: 'max' }), (steps) => playSteps(world, steps)),
    { numRuns: RUNS, examples: REGRESSIONS.map((steps) => [steps]) },
  );
  await expect(checked).resolves.toBeUndefined();
}, 120_000);
