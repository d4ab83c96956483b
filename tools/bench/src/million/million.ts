import { type Cells, count, type ProgramSurroundings } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import { runInSubject } from '../subject/subject-process.js';
import { BenchSystem } from '../system/bench-system.js';
import type { MillionOutcome, MillionRow } from './million-task.js';

const WHAT: Readonly<Record<MillionRow, string>> = {
  bareScan: 'bare scan of both stores',
  verify: 'verify, values and expiries compared',
  bareLoad: 'bare load of Redis, pipelined',
  restore: 'restore, every key checked against newer writes',
};

/** Verifies and restores many keys, on services of its own. */
export async function million(
  { seed, million: keys }: BenchOptions & { readonly million: number },
  { progress, signal }: ProgramSurroundings,
): Promise<MillionOutcome> {
  return BenchSystem.use(signal, async (system) => {
    progress.say(`million: verifying and restoring ${keys} keys, two rounds each`);
    const input = { ...system.stores('million'), seed, keys };
    return runInSubject('million', input, { signal, execArgv: ['--expose-gc'] });
  });
}

/** One line for each row. */
export function millionCells(outcome: MillionOutcome): Cells {
  const { keys, keysPerSecond, eachRound, memoryGrowthMiB, healthAfterRestore } = outcome;
  const beside = { verify: outcome.verifyOfBareScan, restore: outcome.restoreOfBareLoad };
  return {
    title: `${count(keys)} keys; after the last restore: ${healthAfterRestore}`,
    head: ['row', 'keys/s', 'rounds', 'of the bare row', 'memory, MiB more'],
    rows: (Object.keys(WHAT) as MillionRow[]).map((row) => [
      WHAT[row],
      count(keysPerSecond[row]),
      eachRound[row].map(count).join('; '),
      ...(row === 'verify' || row === 'restore'
        ? [beside[row].toFixed(2), String(memoryGrowthMiB[row])]
        : ['', '']),
    ]),
  };
}
