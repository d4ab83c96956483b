import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { expect, it } from 'vitest';
import type { IdleReport } from './idle.js';

const trial = trialTests(new URL('../../dist/main.js', import.meta.url));

it('tells what the hearts of many pods cost Redis', async () => {
  const run = trial.start('--idle', '--pods', '20', '--seconds', '0.5', '--json');
  expect(await run.exit(), run.stderr).toBe(0);
  const { manyPods } = JSON.parse(run.stdout) as IdleReport;
  expect(manyPods?.map(({ pods, busy }) => [pods, busy])).toEqual([
    [20, false],
    [20, true],
  ]);
  for (const { beats } of manyPods ?? []) expect(beats).toBeGreaterThan(0);
  expect(await trial.left()).toEqual([]);
}, 120_000);
