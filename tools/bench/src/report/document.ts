import { readFile, writeFile } from 'node:fs/promises';
import { type Cells, UsageError } from '@hybrid-sync/trials';
import type { BenchReport } from '../bench.js';
import type { MachineFacts } from '../system/machine-facts.js';
import { otherCells, ratioCells, rowCells } from './cells.js';

/** A document that is written by hand except for its measured part. */
export type MeasuredDocument = Awaited<ReturnType<typeof openMeasuredDocument>>;

/**
 * Reads a document, before anything is measured for it. `script`: the npm script whose marks surround the part that it writes;
 * all else is written by hand and stays.
 * @throws UsageError when it is not there or has no marks
 */
export async function openMeasuredDocument(file: string, script = 'bench') {
  const begin = `<!-- written by npm run ${script}: begin -->`;
  const end = `<!-- written by npm run ${script}: end -->`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} can't be read: ${error instanceof Error ? error.message : error}`);
  });
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new UsageError(`${file} has no "${begin}" followed by "${end}"`);
  return {
    file,
    /** Puts a text in the place of the measured part. */
    write: (measured: string) =>
      writeFile(file, `${text.slice(0, from)}${begin}\n\n${measured}\n\n${text.slice(to)}`),
  };
}

/** Machine and versions, in a sentence each. */
export function whereMeasured({ machine, versions }: MachineFacts): string {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}. Versions: ${named.join(', ')}.`;
}

/** The measured part of `docs/benchmarks.md`. `command` is how it was made. */
export function measuredSection(report: BenchReport, command: string): string {
  const { rounds, seconds, seed, rows, ratios, others } = report;
  return [
    `Made by \`${command}\`: ${rounds} rounds, all rows in turn in each, ${seconds} s per row and number of clients, seed ${seed}; all figures are medians over the rounds.`,
    whereMeasured(report),
    ...[ratioCells(ratios), rowCells(rows), otherCells(others)].map(sectionOf),
  ].join('\n\n');
}

/** A table with its title as heading. */
export function sectionOf({ title, head, rows }: Cells): string {
  return `### ${title}\n\n${markdownTable(head, rows)}`;
}

/** A table in Markdown, the first two columns aligned to the left, which hold words. */
export function markdownTable(head: Cells['head'], rows: Cells['rows']): string {
  const line = (cells: Cells['rows'][number]) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  const ruler = head.map((_, at) => (at < 2 ? '---' : '---:'));
  return [line(head), line(ruler), ...rows.map(line)].join('\n');
}
