import stringWidth from 'string-width';

/** Cells of a row, side by side; a cell may have several lines. */
type Row = readonly string[];

/** What is drawn. */
export interface DrawnTable {
  /** Drawn above the rows, with a line between. */
  readonly head?: Row | undefined;
  readonly rows: readonly Row[];
  /** Whether a line is drawn between any two rows. */
  readonly ruled: boolean;
}

/**
 * Draws a table with borders. Each line is measured once: cli-table3 looks at the whole of a cell again, from its end,
 * for each of its lines, which took half a minute for a page of long pairs.
 */
export function drawTable({ head, rows, ruled }: DrawnTable): string {
  const all = head === undefined ? rows : [head, ...rows];
  const measured = all.map((cells) =>
    cells.map((cell) => cell.split('\n').map((text) => ({ text, width: stringWidth(text) }))),
  );
  const columns = Math.max(...measured.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, () => 0);
  for (const cells of measured) {
    for (const [column, lines] of cells.entries()) {
      for (const { width } of lines) widths[column] = Math.max(widths[column] ?? 0, width);
    }
  }
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => '─'.repeat(width + 2)).join(middle) + right;
  const between = rule('├', '┼', '┤');
  const out = [rule('┌', '┬', '┐')];
  for (const [index, cells] of measured.entries()) {
    if (index > 0 && (ruled || (index === 1 && head !== undefined))) out.push(between);
    const height = Math.max(...cells.map((lines) => lines.length));
    for (let line = 0; line < height; line++) {
      const texts = widths.map((room, column) => {
        const { text, width } = cells[column]?.[line] ?? { text: '', width: 0 };
        return ` ${text}${' '.repeat(room - width)} `;
      });
      out.push(`│${texts.join('│')}│`);
    }
  }
  out.push(rule('└', '┴', '┘'));
  return out.join('\n');
}
