import { type ClosedLoopOptions, closedLoop, type LoopResult } from '../load/closed-loop.js';
import { pairsOf, type RowName, rowOf } from '../rows/catalogue.js';
import type { OpenRow, RowSurroundings } from '../rows/row.js';

/** A row to be opened. */
export interface RowToOpen extends Omit<RowSurroundings, 'pairs'> {
  readonly row: RowName;
  readonly seed: string;
}

/** One load of the open row. */
export interface Cell extends Omit<ClosedLoopOptions, 'call'> {
  /** Writes per call, where a row knows batches; 1 elsewhere. */
  readonly batch: number;
}

let open: OpenRow | undefined;
let next = 0;

/** Opens the process's row; there is one at most. */
export async function openRow({ row, seed, ...surroundings }: RowToOpen): Promise<void> {
  if (open !== undefined) throw new Error('a row is open already');
  open = await rowOf(row).open({ ...surroundings, pairs: pairsOf(row, seed) });
}

/** Puts the open row under a load; writes go on where the last load ended. @throws what a write throws */
export async function runCell(cell: Cell): Promise<LoopResult> {
  const row = open;
  if (row === undefined) throw new Error('no row is open');
  const result = await closedLoop({ ...cell, call: (number) => row.write(next + number, cell.batch) });
  next += result.made;
  return result;
}

/** Closes the open row. */
export async function closeRow(): Promise<void> {
  await open?.close();
  open = undefined;
}
