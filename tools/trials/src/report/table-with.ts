import Table from 'cli-table3';

/**
 * An empty table for a report: no colours, since reports are also read from files, and no lines between rows.
 * @param leftUntil so many columns are aligned to the left; the others hold figures
 */
export function tableWith(head: string[], leftUntil = 1): Table.Table {
  return new Table({
    head,
    colAligns: head.map((_, at) => (at < leftUntil ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}
