import type { Progress } from '@hybrid-sync/replay';
import type { BenchOptions } from '../options.js';
import { mediansOf } from '../report/medians.js';
import type { RowResult } from '../report/row-result.js';
import type { RowName } from '../rows/catalogue.js';
import type { Cell } from '../subject/row-task.js';
import type { BenchSystem } from '../system/bench-system.js';
import { type BulkShape, bestShapes, bulkShapes } from './bulk-write-shapes.js';
import { measureRow } from './measure-row.js';

/** Numbers of clients under which each row is measured. */
export const CLIENTS = [1, 100, 500] as const;
/** Unmeasured load at the head of a row and of each of its cells, as shares of the measured time. */
const WARM_UP_SHARE = 0.75;
const LEAD_IN_SHARE = 0.15;
/** Length of one try of a batch size, as a share of the measured time. */
const TRY_SHARE = 0.3;

/** Measures all rows in turn, round by round. @returns medians over the rounds */
export async function measureRows(
  system: BenchSystem,
  options: BenchOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<RowResult[]> {
  const { seconds, seed } = options;
  const measure = (row: RowName, cells: readonly Cell[], warmUpShare = WARM_UP_SHARE) =>
    measureRow(system, {
      row,
      cells,
      warmUpSeconds: warmUpShare * seconds,
      leadInSeconds: LEAD_IN_SHARE * seconds,
      seed,
      signal,
    });
  let shapes: BulkShape[] = [];
  if (options.rows.includes('bulk-write')) {
    progress.say('batch sizes of raw bulk writes');
    const tries = bulkShapes().map(({ inFlight, batch }) => ({
      clients: inFlight,
      batch,
      seconds: TRY_SHARE * seconds,
    }));
    shapes = bestShapes(await measure('bulk-write', tries), CLIENTS);
  }
  const rounds: RowResult[][] = [];
  let done = 0;
  progress.begin('rows', options.rounds * options.rows.length);
  for (let round = 1; round <= options.rounds; round++) {
    const results: RowResult[] = [];
    for (const row of options.rows) {
      progress.update(done++, row);
      const loads =
        row === 'bulk-write'
          ? shapes.map(({ inFlight, batch }) => ({ clients: inFlight, batch, seconds }))
          : CLIENTS.map((clients) => ({ clients, batch: 1, seconds }));
      const measured = await measure(row, loads);
      for (const result of measured) progress.say(lineOf(result, round, options.rounds));
      results.push(...measured);
    }
    rounds.push(results);
  }
  progress.end();
  return mediansOf(rounds);
}

function lineOf(result: RowResult, round: number, rounds: number): string {
  const { name, clients, mutationsPerSecond, p50Ms, p99Ms, notFastShare = 0 } = result;
  const of = rounds === 1 ? '' : `round ${round} of ${rounds}: `;
  const shape = result.batch === undefined ? '' : `, ${result.inFlight} bulk writes of ${result.batch}`;
  const slow = notFastShare === 0 ? '' : `, ${(100 * notFastShare).toFixed(2)} % not ASYNC_THREAD`;
  return `${of}${name}, ${clients} clients${shape}: ${Math.round(mutationsPerSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms${slow}`;
}
