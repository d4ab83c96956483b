import { tableWith } from '@hybrid-sync/trials';
import type { BenchReport } from '../bench.js';
import { type Cells, otherCells, ratioCells, rowCells } from './cells.js';

/** The report as tables for people. */
export function tablesOf(report: BenchReport): string {
  return textOf([rowCells(report.rows), ratioCells(report.ratios), otherCells(report.others)]);
}

/** Tables with their titles; one without lines is left out. */
export function textOf(tables: readonly Cells[]): string {
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows }) => {
      const table = tableWith(head);
      table.push(...rows);
      return `${title}\n${table}`;
    })
    .join('\n');
}
