import { type Cells, count, tableOf } from '@hybrid-sync/trials';
import type { Measuring } from '../measure/measuring.js';
import { runInSubject } from '../subject/subject-process.js';
import type { MillionOutcome, MillionRow } from './million-task.js';

const WHAT: Readonly<Record<MillionRow, string>> = {
  bareScan: 'bare scan of both stores',
  verify: 'verify, values and expiries compared',
  bareLoad: 'bare load of Redis, pipelined',
  restore: 'restore, every key checked against newer writes',
};

/** Verifies and restores so many keys. */
export function million(
  { system, options: { seed }, progress, signal }: Measuring,
  keys: number,
): Promise<MillionOutcome> {
  progress.say(`million: verifying and restoring ${keys} keys, two rounds each`);
  const input = { ...system.stores('million'), seed, keys };
  return runInSubject('million', input, { signal, execArgv: ['--expose-gc'] });
}

/** One line for each row. */
export function millionCells(outcome: MillionOutcome): Cells {
  const { keys, keysPerSecond, eachRound, memoryGrowthMiB, healthAfterRestore } = outcome;
  const beside = { verify: outcome.verifyOfBareScan, restore: outcome.restoreOfBareLoad };
  return tableOf(
    `${count(keys)} keys; after the last restore: ${healthAfterRestore}`,
    (Object.keys(WHAT) as MillionRow[]).map((row) => {
      const bare = row === 'bareScan' || row === 'bareLoad';
      return {
        row: WHAT[row],
        'keys/s': count(keysPerSecond[row]),
        rounds: eachRound[row].map(count).join('; '),
        'of the bare row': bare ? '' : beside[row].toFixed(2),
        'memory, MiB more': bare ? '' : String(memoryGrowthMiB[row]),
      };
    }),
  );
}
