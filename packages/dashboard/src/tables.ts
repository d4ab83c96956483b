import { html } from './dom.js';

/** A column of a table: its name, and what it shows of a row. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => Node | string];

/** A table; on a phone each row is a block, in which the columns' names stand before the cells. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): HTMLElement {
  const head = columns.map(([name]) => html('th', { scope: 'col' }, name));
  const body = rows.map((row) =>
    html('tr', {}, ...columns.map(([name, cell]) => html('td', { 'data-label': name }, cell(row)))),
  );
  return html(
    'table',
    { class: 'stacked' },
    html('thead', {}, html('tr', {}, ...head)),
    html('tbody', {}, ...body),
  );
}

/** Names and values, one below the other; what is undefined is left out. */
export function list(
  rows: readonly (readonly [name: string, value: Node | string | number | undefined])[],
): HTMLElement {
  return html(
    'dl',
    { class: 'answer' },
    ...rows.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [html('dt', {}, name), html('dd', {}, typeof value === 'number' ? String(value) : value)],
    ),
  );
}
