import { beforeEach, expect, it, vi } from 'vitest';

let measured = 0;
vi.mock('string-width', async (original) => {
  const { default: real } = await original<typeof import('string-width')>();
  return {
    default: (text: string) => {
      measured += text.length;
      return real(text);
    },
  };
});
// Test files of a worker share their modules, and another may have drawn a table before.
vi.resetModules();
const { drawTable } = await import('./draw-table.js');
beforeEach(() => {
  measured = 0;
});

it('draws cells of several lines and of wide characters, with missing ones empty', () => {
  const table = drawTable({ head: ['key', 'v'], rows: [['a\nb', '語'], ['c']], ruled: false });
  expect(table.split('\n')).toEqual([
    '┌─────┬────┐',
    '│ key │ v  │',
    '├─────┼────┤',
    '│ a   │ 語 │',
    '│ b   │    │',
    '│ c   │    │',
    '└─────┴────┘',
  ]);
});

it('draws a line between any two rows where asked', () => {
  expect(drawTable({ rows: [['a'], ['b']], ruled: true }).split('\n')).toEqual([
    '┌───┐',
    '│ a │',
    '├───┤',
    '│ b │',
    '└───┘',
  ]);
});

it('measures every character once, however many lines a cell has', () => {
  const lines = Array.from({ length: 500 }, () => 'ж'.repeat(40));
  drawTable({ rows: [[lines.join('\n'), 'one']], ruled: false });
  expect(measured).toBe(500 * 40 + 'one'.length);
});
