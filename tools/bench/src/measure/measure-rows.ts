import { setMaxListeners } from 'node:events';
import { OwnedParts, type RunProgress } from '@hybrid-sync/trials';
import { isOfRatio } from '../report/figures.js';
import { mediansOf, type RowResult } from '../report/row-result.js';
import { type RowName, rowOf } from '../rows/catalogue.js';
import { CLIENTS } from '../rows/row.js';
import type { Cell } from '../subject/row-session.js';
import { type BulkShape, bestShapes, bulkShapes } from './bulk-write-shapes.js';
import type { Measuring } from './measuring.js';
import { openRowUnderTest, type RowUnderTest } from './row-under-test.js';

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

/** Measures all rows, those that are aside behind the others. @returns medians over the rounds */
export async function measureRows(given: Measuring): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const aside of [false, true]) {
    const rows = given.options.rows.filter((row) => (rowOf(row).aside ?? false) === aside);
    if (rows.length > 0) results.push(...(await measureGroup(given, rows)));
  }
  return results;
}

/**
 * Measures rows of a group. They are all open at once, each in its own processes, and are put under load in turn, so that what
 * is compared was measured within seconds of each other; in every other round in the opposite order.
 * @returns medians over the rounds
 */
async function measureGroup(given: Measuring, names: readonly RowName[]): Promise<RowResult[]> {
  const { options, progress } = given;
  await using owned = new OwnedParts();
  const rows = await openRows(given, names, owned);
  progress.begin('warming rows up', rows.length);
  for (const [index, row] of rows.entries()) {
    progress.update(index, row.name);
    await row.measure({ ...WARM_UP, seconds: warmUpSeconds(row.name, options.seconds) });
  }
  progress.end();
  const shapes = await tryShapes(rows, options.seconds, progress);
  const results = await measureRounds(rows, shapes, given);
  for (const row of rows) await row.check();
  return results;
}

/** Length of a row's unmeasured load before all others; `seconds`: the measured time of a cell. */
function warmUpSeconds(row: RowName, seconds: number): number {
  const { server, at } = rowOf(row);
  const overHttp = server === 'api' && at !== 'redis';
  return WARM_UP_SHARE * seconds * (overHttp ? OVER_HTTP_WARM_UP : 1);
}

/** Opens all rows at once; `owned` stops them. @throws the first failure, once none is being opened any more */
async function openRows(
  given: Measuring,
  names: readonly RowName[],
  owned: OwnedParts,
): Promise<RowUnderTest[]> {
  // Each row has a process or two that end with it; Node takes more than ten for a leak.
  setMaxListeners(0, given.signal);
  const opened = await Promise.allSettled(
    names.map(async (row) => owned.own(await openRowUnderTest(given, row))),
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
  progress: RunProgress,
): Promise<BulkShape[]> {
  const bulkWrite = rows.find(({ name }) => name === 'bulk-write');
  if (bulkWrite === undefined) return [];
  const tried: RowResult[] = [];
  const shapes = bulkShapes();
  progress.begin('trying batch sizes', shapes.length);
  for (const { inFlight, batch } of shapes) {
    progress.update(tried.length, `${inFlight} bulk writes of ${batch}`);
    tried.push(await bulkWrite.measure({ clients: inFlight, batch, ...lengthOf(TRY_SHARE * seconds) }));
  }
  progress.end();
  return bestShapes(tried, CLIENTS);
}

/** What no ratio is made of is measured once and shorter in a quick run. */
async function measureRounds(
  rows: readonly RowUnderTest[],
  shapes: readonly BulkShape[],
  { options: { rounds, seconds, mode }, progress }: Measuring,
): Promise<RowResult[]> {
  const results: RowResult[][] = [];
  const aside = ({ row, clients, batch }: PlannedCell) =>
    mode === 'quick' && !isOfRatio(row.name, clients * batch);
  for (let round = 0; round < rounds; round++) {
    const plan = planOf(rows, shapes).filter((cell) => round === 0 || !aside(cell));
    if (round % 2 === 1) plan.reverse();
    const measured: RowResult[] = [];
    progress.begin(`round ${round + 1} of ${rounds}`, plan.length);
    for (const cell of plan) {
      const { row, ...load } = cell;
      progress.update(measured.length, `${row.name}, ${load.clients} clients`);
      const result = await row.measure({
        ...load,
        ...lengthOf(aside(cell) ? ASIDE_SHARE * seconds : seconds),
      });
      progress.say(lineOf(result));
      measured.push(result);
    }
    progress.end();
    results.push(measured);
  }
  return inOrder(mediansOf(results), rows);
}

/** A load of so many seconds, with an unmeasured part at its head. */
function lengthOf(seconds: number) {
  return { seconds, leadInSeconds: LEAD_IN_SHARE * seconds };
}

interface PlannedCell extends Pick<Cell, 'clients' | 'batch'> {
  readonly row: RowUnderTest;
}

/** Each row under each of its loads, those with as many mutations under way one after another. */
function planOf(rows: readonly RowUnderTest[], shapes: readonly BulkShape[]): PlannedCell[] {
  return rows
    .flatMap((row) => cellsOf(row, shapes))
    .sort((one, other) => one.clients * one.batch - other.clients * other.batch);
}

function cellsOf(row: RowUnderTest, shapes: readonly BulkShape[]): PlannedCell[] {
  const { batches = 1, clients = CLIENTS, pipelines } = rowOf(row.name);
  if (batches === 'best') return shapes.map(({ inFlight, batch }) => ({ row, clients: inFlight, batch }));
  if (pipelines === undefined) {
    return clients.map((underWay) => ({ row, clients: underWay / batches, batch: batches }));
  }
  return pipelines.depths.map((batch) => ({ row, clients: pipelines.connections, batch }));
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
