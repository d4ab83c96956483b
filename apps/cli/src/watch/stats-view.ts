import { printable } from '../output/printable.js';
import { grid, type TableOptions } from '../output/tables.js';

/** An answer, and when it came, in milliseconds of a clock that only rises. */
export interface Sample {
  readonly stats: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** Counters that only rise, so that what they rose by says how fast things go. */
const COUNTERS = 'synced';
/** A line is broken after the dot only. */
const NO_BREAK = '\u00a0';
const SEPARATOR = `${NO_BREAK}· `;

/** The statistics in few lines, a row for each part of them; beside counters, how much they rose per second. */
export function statsView(now: Sample, before: Sample | undefined, options: TableOptions): string {
  const rows = Object.entries(now.stats).map(([name, value]) => {
    const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
    const earlier = name === COUNTERS && seconds > 0 ? asObject(before?.stats[name]) : {};
    return [printable(name), isObject(value) ? parts(value, earlier, seconds) : shown(value)];
  });
  return grid(rows, undefined, options);
}

function parts(
  values: Readonly<Record<string, unknown>>,
  earlier: Readonly<Record<string, unknown>>,
  seconds: number,
): string {
  return Object.entries(values)
    .map(([name, value]) =>
      `${printable(name)} ${shown(value)}${rate(value, earlier[name], seconds)}`.replaceAll(' ', NO_BREAK),
    )
    .join(SEPARATOR);
}

/** Where a pod was started anew, or another one answers, counters fall: then there is nothing to say. */
function rate(now: unknown, before: unknown, seconds: number): string {
  if (typeof now !== 'number' || typeof before !== 'number' || now < before) return '';
  return ` (${Math.round((now - before) / seconds).toLocaleString('en-US')}/s)`;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === null ? 'none' : printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
