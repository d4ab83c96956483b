import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { expect, it } from 'vitest';

const trial = trialTests(new URL('../../dist/main.js', import.meta.url));

it('verifies and restores as many keys as it is told', async () => {
  const run = trial.start('--million', '3000', '--json');
  expect(await run.exit(), run.stderr).toBe(0);
  const report = JSON.parse(run.stdout);
  expect(report).toMatchObject({ keys: 3000, healthAfterRestore: 'HEALTHY' });
  for (const rates of Object.values(report.eachRound)) {
    expect(rates).toEqual([expect.any(Number), expect.any(Number)]);
  }
  expect(await trial.left()).toEqual([]);
});
