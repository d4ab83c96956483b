import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { drawTable } from './draw-table.js';
import { printable } from './printable.js';
import type { Style } from './style.js';

/** Most characters of one value that a table shows. */
const MAX_SHOWN = 1000;
/** Figures that a table shows of a number that is not whole. */
const FIGURES = 4;
/** A column is not made narrower than this for the sake of others; a table that would need it is turned on its side. */
const MIN_COLUMN = 20;

/** How tables are shown. */
export interface TableOptions {
  /** Widest line, in characters; Infinity where there is no terminal to fit. */
  readonly width: number;
  readonly style: Style;
}

/** A tool's answer as tables: its single fields in one, each list of it in another. */
export function resultTables(result: Readonly<Record<string, unknown>>, options: TableOptions): string {
  const { style } = options;
  const lists = Object.entries(result).filter(([, value]) => Array.isArray(value)) as [string, unknown[]][];
  const fields = fieldsIn(
    Object.fromEntries(Object.entries(result).filter(([, value]) => !Array.isArray(value))),
  );
  const parts = lists.map(([name, list]) => {
    const title = style.bold(`${printable(name)}: ${list.length === 0 ? 'none' : list.length}`);
    return list.length === 0 ? title : `${title}\n${listTable(list, options)}`;
  });
  if (fields.length > 0) parts.push(grid(fields, undefined, options));
  return parts.join('\n');
}

/** Name and value of each field, those of an object in it as `object.field`. */
function fieldsIn(object: Readonly<Record<string, unknown>>, path = ''): string[][] {
  return Object.entries(object).flatMap(([name, value]) =>
    isObject(value) ? fieldsIn(value, `${path}${name}.`) : [[printable(`${path}${name}`), cellText(value)]],
  );
}

function listTable(list: readonly unknown[], options: TableOptions): string {
  if (!list.every(isObject))
    return grid(
      list.map((value) => [cellText(value)]),
      undefined,
      options,
    );
  const names = [...new Set(list.flatMap((entry) => Object.keys(entry)))];
  const head = names.map(printable);
  const rows = list.map((entry) =>
    names.map((name) => (Object.hasOwn(entry, name) ? cellText(entry[name]) : '')),
  );
  const fits = fittedWidths(columnWidths([head, ...rows]), options.width) !== undefined;
  return fits
    ? grid(rows, head, options)
    : sheets(
        list.map((entry) => fieldsIn(entry)),
        options,
      );
}

/** For entries that don't fit side by side: the fields of each below one another, with a line between entries. */
function sheets(entries: readonly (readonly string[][])[], { width }: TableOptions): string {
  const widths = narrowed(columnWidths(entries.flat()), roomFor(2, width));
  const rows = entries.map((fields) => {
    const wrapped = fields.map((cells) => wrap(cells, widths));
    const lines = wrapped.map((cells) => Math.max(...cells.map((cell) => cell.split('\n').length)));
    // Each name stands beside the first line of its value.
    const column = (at: number) =>
      wrapped.map(
        (cells, row) => cells[at] + '\n'.repeat((lines[row] ?? 1) - (cells[at] ?? '').split('\n').length),
      );
    return [column(0).join('\n'), column(1).join('\n')];
  });
  return drawTable({ rows, ruled: true });
}

/** A table of cells, with or without a head, no line of it wider than asked for if that can be. */
export function grid(
  rows: readonly (readonly string[])[],
  head: readonly string[] | undefined,
  { width, style }: TableOptions,
): string {
  const all = head === undefined ? rows : [head, ...rows];
  const natural = columnWidths(all);
  const widths = fittedWidths(natural, width) ?? narrowed(natural, roomFor(natural.length, width));
  return drawTable({
    head: head === undefined ? undefined : wrap(head, widths).map((cell) => eachLine(cell, style.bold)),
    rows: rows.map((cells) => wrap(cells, widths)),
    ruled: false,
  });
}

/** Styles each line by itself, so that no style reaches over a border. */
function eachLine(cell: string, style: (text: string) => string): string {
  return cell.split('\n').map(style).join('\n');
}

/** The blank at which a line is broken is left out; a cell has no line breaks of its own. */
function wrap(cells: readonly string[], widths: readonly number[]): string[] {
  return cells.map((cell, column) =>
    wrapAnsi(cell, widths[column] ?? Number.POSITIVE_INFINITY, { hard: true, trim: false }).replaceAll(
      '\n ',
      '\n',
    ),
  );
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...rows.map((row) => stringWidth(row[column] ?? ''))),
  );
}

/** Room for the text of all columns: each has a border and a blank on both sides. */
function roomFor(columns: number, width: number): number {
  return width - 3 * columns - 1;
}

/** Widths within the room, the widest columns narrowed first; undefined when one would become too narrow. */
function fittedWidths(natural: readonly number[], width: number): number[] | undefined {
  const room = roomFor(natural.length, width);
  const widths = narrowed(natural, room);
  const isTooNarrow = widths.some((each, column) => each < Math.min(natural[column] ?? 0, MIN_COLUMN));
  return isTooNarrow ? undefined : widths;
}

function narrowed(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  let left = room;
  let open = natural.map((_, column) => column);
  for (;;) {
    const share = Math.max(1, Math.floor(left / open.length));
    const narrow = open.filter((column) => (natural[column] ?? 0) <= share);
    if (narrow.length === 0 || narrow.length === open.length) {
      for (const column of open) widths[column] = Math.min(natural[column] ?? 0, share);
      return widths;
    }
    for (const column of narrow) left -= natural[column] ?? 0;
    open = open.filter((column) => !narrow.includes(column));
  }
}

function cellText(value: unknown): string {
  const text = plainText(value);
  const shown = printable(text.length > MAX_SHOWN ? text.slice(0, MAX_SHOWN) : text);
  return text.length > MAX_SHOWN ? `${shown}… (${text.length} characters; --json shows them all)` : shown;
}

/** A value in words. What has parts has them with their names, `fast: closed, outbox: closed`; objects of a list are told apart. */
function plainText(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number' && !Number.isInteger(value))
    return String(Number(value.toPrecision(FIGURES)));
  if (Array.isArray(value)) return value.map(plainText).join(value.some(isObject) ? '; ' : ', ') || 'none';
  if (!isObject(value)) return String(value);
  const parts = Object.entries(value).map(([name, part]) => `${name}: ${plainText(part)}`);
  return parts.join(', ') || 'none';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
