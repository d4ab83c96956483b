import { readFile, writeFile } from 'node:fs/promises';
import { type Cells, UsageError } from '@hybrid-sync/trials';
import type { BenchReport } from '../bench.js';
import { otherCells, ratioCells, rowCells } from './cells.js';

/** What surrounds the part of a document that a run of this script writes; all else is written by hand and stays. */
const marksOf = (script: string) => ({
  begin: `<!-- written by npm run ${script}: begin -->`,
  end: `<!-- written by npm run ${script}: end -->`,
});

/** A document that is written by hand except for its measured part. */
export class MeasuredDocument {
  readonly file: string;
  readonly #before: string;
  readonly #after: string;

  private constructor(file: string, before: string, after: string) {
    this.file = file;
    this.#before = before;
    this.#after = after;
  }

  /**
   * Reads a document, before anything is measured for it. `script`: the npm script that writes its measured part.
   * @throws UsageError when it is not there or has no marks
   */
  static async open(file: string, script = 'bench'): Promise<MeasuredDocument> {
    const { begin, end } = marksOf(script);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new UsageError(`${file} can't be read: ${error instanceof Error ? error.message : error}`);
    });
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from === -1 || to === -1) throw new UsageError(`${file} has no "${begin}" followed by "${end}"`);
    return new MeasuredDocument(file, text.slice(0, from + begin.length), text.slice(to));
  }

  /** Puts a text in the place of the measured part. */
  async write(text: string): Promise<void> {
    await writeFile(this.file, `${this.#before}\n\n${text}\n\n${this.#after}`);
  }
}

/** Machine and versions, in a sentence each. */
export function whereMeasured({ machine, versions }: Pick<BenchReport, 'machine' | 'versions'>): string {
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
