import Table from 'cli-table3';

/** A table before it is drawn, on a terminal or in a document. */
export interface Cells {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** So many columns hold words and are aligned to the left on a terminal, the others figures; 1 unless given. */
  readonly words?: number;
}

/** The table of things that have the same fields: each field is a column, its name the head. `words`: see {@link Cells}. */
export function tableOf(
  title: string,
  lines: readonly Readonly<Record<string, string | number>>[],
  words = 1,
): Cells {
  return { title, head: Object.keys(lines[0] ?? {}), rows: lines.map((line) => Object.values(line)), words };
}

/** Tables with their titles, one below the other; one without lines is left out. */
export function textOf(tables: readonly Cells[]): string {
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows, words = 1 }) => {
      // No colours, since reports are also read from files, and no lines between rows.
      const table = new Table({
        head: [...head],
        colAligns: head.map((_, at) => (at < words ? 'left' : 'right')),
        style: { head: [], border: [], compact: true },
      });
      table.push(...rows.map((row) => [...row]));
      return `${title}\n${table}`;
    })
    .join('\n');
}
