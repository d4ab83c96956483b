import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { expect, it } from 'vitest';
import type { FaultTestReport } from './fault-test.js';

const MINUTES = 60_000;
const trial = trialTests(new URL('../dist/main.js', import.meta.url));

it.each([
  ['sentinel', 'cut-replicas'],
  ['cluster', 'kill-master'],
])(
  'with a Redis that is %s, nothing is lost to %s',
  async (topology, fault) => {
    const args = [
      '--topology',
      topology,
      '--faults',
      fault,
      '--short',
      '--seed',
      '1',
      '--rate',
      '50',
      '--json',
    ];
    const run = trial.start(...args);
    const code = await run.exit();
    expect(code, run.output).toBe(0);
    const { rounds } = JSON.parse(run.stdout) as FaultTestReport;
    expect(rounds).toMatchObject([
      { faults: [], writes: { unexplained: 0 }, rest: { lostWrites: { lost: 0 } } },
    ]);
    expect(rounds[0]?.rest.lostWrites.checked).toBeGreaterThan(50);
    expect(run.stderr).toMatch(/redis-\d was replaced/);
    expect(await trial.left()).toEqual([]);
  },
  3 * MINUTES,
);
