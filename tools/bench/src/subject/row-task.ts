import { closedLoop, type LoopResult } from '../load/closed-loop.js';
import { Pairs } from '../load/pairs.js';
import { type RowName, rowOf } from '../rows/catalogue.js';

/** One load of a row. */
export interface Cell {
  /** Calls under way at any time. */
  readonly clients: number;
  /** Writes per call, where a row knows batches; 1 elsewhere. */
  readonly batch: number;
  /** Length of what is measured, in seconds. */
  readonly seconds: number;
}

/** A row to be put under several loads, one after the other, in one process. */
export interface RowTask {
  readonly row: RowName;
  readonly redisUrl: string;
  readonly mongodbUrl: string;
  readonly serverUrl?: string | undefined;
  readonly seed: string;
  /** How many keys there are. */
  readonly keys: number;
  /** Unmeasured load before the first cell, in seconds, for compilers and connection pools. */
  readonly warmUpSeconds: number;
  /** Unmeasured load at the head of each cell, in seconds. */
  readonly leadInSeconds: number;
  readonly cells: readonly Cell[];
}

/** Clients of the warm-up. */
const WARM_UP_CLIENTS = 100;

/** Runs all cells of a row. @returns one result per cell */
export async function runRowTask(task: RowTask): Promise<LoopResult[]> {
  const { redisUrl, mongodbUrl, serverUrl, cells } = task;
  const pairs = new Pairs(task.seed, task.keys);
  const maxClients = Math.max(WARM_UP_CLIENTS, ...cells.map(({ clients }) => clients));
  const row = await rowOf(task.row).open({ redisUrl, mongodbUrl, pairs, serverUrl, maxClients });
  const results: LoopResult[] = [];
  try {
    const warmUp = { clients: Math.min(WARM_UP_CLIENTS, maxClients), batch: 1, seconds: task.warmUpSeconds };
    let first = 0;
    for (const cell of task.warmUpSeconds > 0 ? [warmUp, ...cells] : cells) {
      const result = await closedLoop({
        ...cell,
        leadInSeconds: cell === warmUp ? 0 : task.leadInSeconds,
        first,
        call: (number) => row.write(number, cell.batch),
      });
      first = result.next;
      if (cell !== warmUp) results.push(result);
    }
    return results;
  } finally {
    await row.close();
  }
}
