import { setMaxListeners } from 'node:events';
import { OwnedParts, type Progress } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import { isOfRatio } from '../report/figures.js';
import { mediansOf } from '../report/medians.js';
import type { RowResult } from '../report/row-result.js';
import { type RowName, rowOf } from '../rows/catalogue.js';
import type { BenchSystem } from '../system/bench-system.js';
import { type BulkShape, bestShapes, bulkShapes } from './bulk-write-shapes.js';
import { RowUnderTest } from './row-under-test.js';

/** Numbers of clients under which each row is measured. */
export const CLIENTS = [1, 100, 500] as const;
/** Unmeasured load of each row before all others, for compilers and connection pools. */
const WARM_UP = { clients: 100, batch: 1, leadInSeconds: 0 };
/** Its length, and that of the unmeasured load at the head of each cell, in measured times of a cell. */
const WARM_UP_SHARE = 0.8;
const LEAD_IN_SHARE = 0.4;
/**
 * How many times as long it is for an api that is called over HTTP: its code is the most, and it takes some 15,000 requests
 * until that is compiled. In the first second of a process's life one costs it three times as much as in the sixth.
 */
const OVER_HTTP_WARM_UP = 5;
/** Length of one try of a batch size, in measured times of a cell. */
const TRY_SHARE = 0.5;
/** Length of a cell that no ratio is made of, in a quick run, in measured times of a cell. */
const ASIDE_SHARE = 0.6;

/** What {@link measureRows} works with. */
export interface RowsMeasurement {
  readonly system: BenchSystem;
  readonly options: BenchOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Measures all rows, those that are aside behind the others. @returns medians over the rounds */
export async function measureRows(measurement: RowsMeasurement): Promise<RowResult[]> {
  const { rows } = measurement.options;
  const aside = (row: RowName) => rowOf(row).aside === true;
  const groups = [rows.filter((row) => !aside(row)), rows.filter(aside)].filter(({ length }) => length > 0);
  const results: RowResult[] = [];
  for (const group of groups) {
    results.push(
      ...(await measureGroup({ ...measurement, options: { ...measurement.options, rows: group } })),
    );
  }
  return results;
}

/**
 * Measures rows of a group. They are all open at once, each in its own processes, and are put under load in turn, so that what
 * is compared was measured within seconds of each other; in every other round in the opposite order.
 * @returns medians over the rounds
 */
async function measureGroup({ system, options, progress, signal }: RowsMeasurement): Promise<RowResult[]> {
  const owned = new OwnedParts();
  const { seconds } = options;
  try {
    const rows = await openRows(system, options, signal, owned);
    progress.begin('warming rows up', rows.length);
    for (const [index, row] of rows.entries()) {
      progress.update(index, row.name);
      await row.measure({ ...WARM_UP, seconds: warmUpSeconds(row.name, seconds) });
    }
    progress.end();
    const shapes = await tryShapes(rows, seconds, progress);
    const results = await measureRounds(rows, shapes, options, progress);
    for (const row of rows) await row.check();
    return results;
  } finally {
    await owned.stop();
  }
}

/** Length of a row's unmeasured load before all others; `seconds`: the measured time of a cell. */
function warmUpSeconds(row: RowName, seconds: number): number {
  const { server, at } = rowOf(row);
  const overHttp = server === 'api' && at !== 'redis';
  return WARM_UP_SHARE * seconds * (overHttp ? OVER_HTTP_WARM_UP : 1);
}

/** Opens all rows at once; `owned` stops them. @throws the first failure, once none is being opened any more */
async function openRows(
  system: BenchSystem,
  { rows, seed }: BenchOptions,
  signal: AbortSignal,
  owned: OwnedParts,
): Promise<RowUnderTest[]> {
  // Each row has a process or two that end with it; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  const opened = await Promise.allSettled(
    rows.map(async (row) => {
      const open = await RowUnderTest.open(system, { row, seed, maxClients: Math.max(...CLIENTS), signal });
      owned.add(() => open.stop());
      return open;
    }),
  );
  return opened.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Tries bulk writes of many sizes. @returns the best ones */
async function tryShapes(
  rows: readonly RowUnderTest[],
  seconds: number,
  progress: Progress,
): Promise<BulkShape[]> {
  const bulkWrite = rows.find(({ name }) => name === 'bulk-write');
  if (bulkWrite === undefined) return [];
  const tried: RowResult[] = [];
  const shapes = bulkShapes();
  progress.begin('trying batch sizes', shapes.length);
  for (const { inFlight, batch } of shapes) {
    progress.update(tried.length, `${inFlight} bulk writes of ${batch}`);
    const length = { leadInSeconds: LEAD_IN_SHARE * TRY_SHARE * seconds, seconds: TRY_SHARE * seconds };
    tried.push(await bulkWrite.measure({ clients: inFlight, batch, ...length }));
  }
  progress.end();
  return bestShapes(tried, CLIENTS);
}

/** What no ratio is made of is measured once and shorter in a quick run. */
async function measureRounds(
  rows: readonly RowUnderTest[],
  shapes: readonly BulkShape[],
  { rounds, seconds, mode }: BenchOptions,
  progress: Progress,
): Promise<RowResult[]> {
  const results: RowResult[][] = [];
  for (let round = 0; round < rounds; round++) {
    const aside = ({ row, clients, batch }: PlannedCell) =>
      mode === 'quick' && !isOfRatio(row.name, clients * batch);
    const plan = planOf(rows, shapes).filter((cell) => round === 0 || !aside(cell));
    if (round % 2 === 1) plan.reverse();
    const measured: RowResult[] = [];
    progress.begin(`round ${round + 1} of ${rounds}`, plan.length);
    for (const cell of plan) {
      const { row, clients, batch } = cell;
      const length = aside(cell) ? ASIDE_SHARE * seconds : seconds;
      progress.update(measured.length, `${row.name}, ${clients} clients`);
      const result = await row.measure({
        clients,
        batch,
        leadInSeconds: LEAD_IN_SHARE * length,
        seconds: length,
      });
      progress.say(lineOf(result));
      measured.push(result);
    }
    progress.end();
    results.push(measured);
  }
  return inOrder(mediansOf(results), rows);
}

interface PlannedCell {
  readonly row: RowUnderTest;
  readonly clients: number;
  readonly batch: number;
}

/** Each row under each number of clients: all rows with one client first, so that those are neighbours. */
function planOf(rows: readonly RowUnderTest[], shapes: readonly BulkShape[]): PlannedCell[] {
  const others = rows.filter(({ name }) => name !== 'bulk-write');
  const bulkWrite = rows.filter(({ name }) => name === 'bulk-write');
  return [
    ...CLIENTS.flatMap((underWay) => others.flatMap((row) => cellsOf(row, underWay))),
    ...pipelinedCells(others),
    ...bulkWrite.flatMap((row) => shapes.map(({ inFlight, batch }) => ({ row, clients: inFlight, batch }))),
  ];
}

/** The cell of a row with so many mutations under way; none where it is not measured so. */
function cellsOf(row: RowUnderTest, underWay: number): PlannedCell[] {
  const { batches, clients = CLIENTS, pipelines } = rowOf(row.name);
  if (pipelines !== undefined) return [];
  const batch = typeof batches === 'number' ? batches : 1;
  return clients.includes(underWay) ? [{ row, clients: underWay / batch, batch }] : [];
}

/** The cells of rows that are measured with pipelines, those of one depth side by side. */
function pipelinedCells(rows: readonly RowUnderTest[]): PlannedCell[] {
  const cells = rows.flatMap((row) => {
    const { connections = 0, depths = [] } = rowOf(row.name).pipelines ?? {};
    return depths.map((batch) => ({ row, clients: connections, batch }));
  });
  return cells.sort((one, other) => one.batch - other.batch);
}

/** Row by row, as the table shows them. */
function inOrder(results: readonly RowResult[], rows: readonly RowUnderTest[]): RowResult[] {
  return rows.flatMap(({ name }) =>
    results.filter((result) => result.name === name).sort((a, b) => a.clients - b.clients),
  );
}

function lineOf(result: RowResult): string {
  const { name, clients, mutationsPerSecond, p50Ms, p99Ms, notFastShare = 0 } = result;
  const shape = result.batch === undefined ? '' : `, ${result.inFlight} calls of ${result.batch}`;
  const slow = notFastShare === 0 ? '' : `, ${(100 * notFastShare).toFixed(2)} % not ASYNC_THREAD`;
  return `${name}, ${clients} clients${shape}: ${Math.round(mutationsPerSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms${slow}`;
}
