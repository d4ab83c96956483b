import { tableWith } from '@hybrid-sync/replay';
import type { BenchReport } from '../bench.js';
import { reaches, TARGETS } from './targets.js';

/** The report as tables for people. */
export function tablesOf({ rows, ratios }: BenchReport): string {
  const rates = tableWith(['row', 'clients', 'mutations/s', 'p50 ms', 'p99 ms', 'not ASYNC_THREAD']);
  for (const { name, clients, mutationsPerSecond, p50Ms, p99Ms, notFastShare } of rows) {
    rates.push([
      name,
      clients,
      Math.round(mutationsPerSecond).toLocaleString('en-US'),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      notFastShare === undefined ? '' : `${(100 * notFastShare).toFixed(2)} %`,
    ]);
  }
  const reach = tableWith(['ratio', 'value', 'target', '']);
  for (const target of TARGETS) {
    const value = ratios[target.name];
    const bound = target.atLeast === undefined ? `<= ${target.atMost}` : `>= ${target.atLeast}`;
    reach.push([
      target.name,
      value === undefined ? '' : value.toFixed(2),
      bound,
      value === undefined ? 'not measured' : reaches(target, value) ? 'reached' : 'missed',
    ]);
  }
  return `${rates}\n${reach}`;
}
