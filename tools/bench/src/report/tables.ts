import { tableWith } from '@hybrid-sync/replay';
import type { BenchReport } from '../bench.js';
import { otherCells, ratioCells, rowCells } from './cells.js';

/** The report as tables for people. */
export function tablesOf(report: BenchReport): string {
  return [rowCells(report.rows), ratioCells(report.ratios), otherCells(report.others)]
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows }) => {
      const table = tableWith(head);
      table.push(...rows);
      return `${title}\n${table}`;
    })
    .join('\n');
}
