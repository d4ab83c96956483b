import { html, setAttributes, setText } from './dom.js';
import type { Severity } from './readiness.js';

/** A column of a table: its name, and what it shows of a row. */
export type Column<Row> = readonly [name: string, cell: (row: Row) => Node | string];

/** A table; on a phone each row is a block, in which the columns' names stand before the cells. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): HTMLElement {
  const body = rows.map((row) =>
    html('tr', {}, ...columns.map(([name, cell]) => html('td', { 'data-label': name }, cell(row)))),
  );
  return framed(
    columns.map(([name]) => name),
    html('tbody', {}, ...body),
  );
}

/**
 * Puts the focus into a row, counted from 0, of the table in this place: what was pressed to show more is gone with it, and
 * who goes by keyboard would begin at the top of the page.
 */
export function focusRow(place: HTMLElement, row: number): void {
  const control = place.querySelectorAll('tbody tr')[row]?.querySelector<HTMLElement>('a, button');
  control?.focus();
}

/** Several things for one cell. */
export function sideBySide(...things: readonly (Node | string)[]): DocumentFragment {
  const all = document.createDocumentFragment();
  all.append(...things.flatMap((thing, at) => (at === 0 ? [thing] : [' ', thing])));
  return all;
}

/** A row of a {@link LiveTable}. */
export interface LiveRow {
  readonly id: string;
  readonly severity: Severity;
}

/** The worst first. */
const WORST: readonly Severity[] = ['bad', 'warning', 'unknown', 'good'];

/** A table whose rows stay while what they tell changes: a focus in them is not lost. */
export class LiveTable {
  readonly element: HTMLElement;
  readonly #body = html('tbody');
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(columns: readonly string[]) {
    this.#columns = columns;
    this.element = framed(columns, this.#body, 'stacked figures');
  }

  /** Shows these rows, the worst first, and by their ids. `cellsOf`: what a row's cells show; it is given the row as it stands. */
  show<Row extends LiveRow>(
    rows: readonly Row[],
    cellsOf: (row: Row, element: HTMLTableRowElement) => readonly (HTMLElement | string)[],
  ): void {
    const sorted = rows.toSorted(
      (a, b) =>
        WORST.indexOf(a.severity) - WORST.indexOf(b.severity) ||
        a.id.localeCompare(b.id, 'en', { numeric: true }),
    );
    const { activeElement: at } = document;
    const ids = new Set(sorted.map(({ id }) => id));
    for (const [id, element] of this.#rows) {
      if (ids.has(id)) continue;
      element.remove();
      this.#rows.delete(id);
    }
    sorted.forEach((row, index) => {
      const element = this.#rows.get(row.id) ?? this.#made(row.id);
      setAttributes(element, { 'data-severity': row.severity });
      for (const [column, cell] of cellsOf(row, element).entries()) fill(element.cells[column], cell);
      if (this.#body.children[index] !== element)
        this.#body.insertBefore(element, this.#body.children[index] ?? null);
    });
    // An element that is moved loses the focus.
    if (at instanceof HTMLElement && this.#body.contains(at)) at.focus({ preventScroll: true });
  }

  #made(id: string): HTMLTableRowElement {
    const row = html('tr', {}, ...this.#columns.map((name) => html('td', { 'data-label': name })));
    this.#rows.set(id, row);
    return row;
  }
}

function framed(columns: readonly string[], body: HTMLElement, kind = 'stacked'): HTMLElement {
  const head = html('tr', {}, ...columns.map((name) => html('th', { scope: 'col' }, name)));
  return html('table', { class: kind }, html('thead', {}, head), body);
}

function fill(cell: HTMLTableCellElement | undefined, content: HTMLElement | string): void {
  if (cell === undefined) return;
  if (typeof content === 'string') setText(cell, content);
  else if (cell.firstElementChild !== content) cell.replaceChildren(content);
}

/** Names and values, one below the other; what is undefined is left out. */
export function nameList(
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
