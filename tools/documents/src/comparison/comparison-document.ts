import { fileURLToPath } from 'node:url';
import { putBetween } from '../put-between.js';

const file = (name: string) => fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
/** The document that holds the figures of {@link withFigures}. */
export const COMPARISON = file('comparison.md');
/** The document that they are from. */
export const BENCHMARKS = file('benchmarks.md');

const MARKS = [
  '<!-- written by npm run documents: begin -->',
  '<!-- written by npm run documents: end -->',
] as const;
/** At how many clients, of those that the benchmark has. */
const CLIENTS = ['1', '100'];
/** The rows of the benchmark that are compared, with what they are here. */
const ROWS: Readonly<Record<string, string>> = {
  'redis-set': 'Redis alone, no copy',
  'direct-write': 'two awaited writes by hand',
  'one-job-per-mutation': 'a job for each write',
  cacheable: 'a two-level cache (npm cacheable, Keyv)',
  core: 'this, inside the process',
  http: 'this, over HTTP',
};
const COLUMNS = ['clients', 'mutations/s', 'p50 ms', 'p99 ms'];

/**
 * The comparison with the figures that the benchmark's document has.
 * @throws where that lacks a row, or the comparison the place for them
 */
export function withFigures(comparison: string, benchmarks: string): string {
  const measured = rowsOf(benchmarks);
  const lines = CLIENTS.flatMap((clients) =>
    Object.entries(ROWS).map(([row, words]) => {
      const found = measured.find((each) => each.row === row && each.clients === clients);
      if (found === undefined)
        throw new Error(`docs/benchmarks.md has no row ${row} with ${clients} clients`);
      return `| ${words} | ${COLUMNS.map((column) => found[column]).join(' | ')} |`;
    }),
  );
  const head = [`| | ${COLUMNS.join(' | ')} |`, `| --- |${' ---: |'.repeat(COLUMNS.length)}`];
  return putBetween(comparison, 'comparison.md', MARKS, `\n${[...head, ...lines].join('\n')}\n`);
}

/** The rows of the table that has a column `mutations/s`, by the names of the columns. */
function rowsOf(benchmarks: string): Record<string, string>[] {
  const lines = benchmarks.split('\n');
  const at = lines.findIndex((line) => line.startsWith('| row |') && line.includes('| mutations/s |'));
  const cells = (line = '') =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const names = cells(lines[at]);
  const end = lines.findIndex((line, index) => index > at && !line.startsWith('|'));
  return lines
    .slice(at + 2, end)
    .map((line) => Object.fromEntries(cells(line).map((cell, index) => [names[index] ?? '', cell])));
}
