import { Pairs } from '../load/pairs.js';
import type { RowResult } from '../report/row-result.js';
import { type RowName, rowOf } from '../rows/catalogue.js';
import type { Cell } from '../subject/row-task.js';
import { runSubject } from '../subject/run-subject.js';
import type { BenchSystem, RunningApp } from '../system/bench-system.js';
import { checkShadows } from './check-shadows.js';

/** Keys that every row writes. */
export const KEYS = 20_000;

/** What a row is measured with. */
export interface RowMeasurement {
  readonly row: RowName;
  readonly cells: readonly Cell[];
  readonly warmUpSeconds: number;
  readonly leadInSeconds: number;
  readonly seed: string;
  readonly execArgv?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Measures a row under each of its loads, on emptied stores, and checks its shadows afterwards.
 * @throws Error when a write failed, or a shadow differs from the cache
 */
export async function measureRow(
  system: BenchSystem,
  { row, cells, warmUpSeconds, leadInSeconds, seed, execArgv = [], signal }: RowMeasurement,
): Promise<RowResult[]> {
  const { server, check } = rowOf(row);
  const urls = await system.fresh(row);
  const env = { REDIS_URL: urls.redisUrl, MONGODB_URL: urls.mongodbUrl };
  const apps: RunningApp[] = [];
  try {
    if (check === 'shadows') apps.push(await system.startApp('projector', env));
    const serving = server === undefined ? undefined : await system.startApp(server, env);
    if (serving !== undefined) apps.push(serving);
    const input = {
      row,
      ...urls,
      serverUrl: serving?.url,
      seed,
      keys: KEYS,
      warmUpSeconds,
      leadInSeconds,
      cells,
    };
    const results = await runSubject({ name: 'row', input }, { signal, execArgv });
    if (check === 'shadows') await checkShadows({ ...urls, keys: new Pairs(seed, KEYS).keys, signal });
    return results.map((result, index) => {
      const { clients = 0, batch = 1 } = cells[index] ?? {};
      return {
        name: row,
        clients: clients * batch,
        mutationsPerSecond: ((result.calls - result.notFast) * batch) / result.seconds,
        p50Ms: result.latencies.p50,
        p99Ms: result.latencies.p99,
        ...(check === undefined ? {} : { notFastShare: result.notFast / Math.max(result.calls, 1) }),
        ...(row === 'bulk-write' ? { batch, inFlight: clients } : {}),
      };
    });
  } finally {
    for (const app of apps.toReversed()) await app.stop();
  }
}
