import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryWorld } from '../testing/memory-world.js';
import { playSteps } from '../testing/play-steps.js';
import { anyStep, REGRESSIONS, SLOTS } from '../testing/steps.js';

const RUNS = 300;

it('the promises hold over any history of writes, late and repeated deliveries, and crashes: in memory', async () => {
  const checked = fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: 'max' }), (steps) =>
      playSteps(memoryWorld(SLOTS), steps),
    ),
    { numRuns: RUNS, examples: REGRESSIONS.map((steps) => [steps]) },
  );
  await expect(checked).resolves.toBeUndefined();
}, 60_000);
