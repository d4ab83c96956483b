import type { ToolResult } from '@hybrid-sync/tool-contract';
import { hashOf } from '../address.js';
import type { Report } from '../client/index.js';
import { DIFFERENCES, type DifferenceKind } from '../differences.js';
import { html } from '../dom.js';
import { formatCount } from '../format.js';
import { type Column, focusRow, nameList, table } from '../tables.js';

type Difference = ToolResult<'verify_cache_sync'>['samples'][number];

/** Differences that are shown at first, and more with each press. */
const SHOWN = 25;

const COLUMNS: readonly Column<Difference>[] = [
  ['Key', ({ key }) => html('a', { href: hashOf('keys', key) }, html('code', {}, key))],
  [
    'How it differs',
    ({ kind }) => html('div', {}, html('b', {}, kind), html('small', {}, DIFFERENCES[kind])),
  ],
  ['In the cache', ({ cacheVersion }) => version(cacheVersion)],
  ['In the shadow store', ({ shadowVersion }) => version(shadowVersion)],
];
const NAMES: readonly Column<string>[] = [
  ['Key', (key) => html('a', { href: hashOf('keys', key) }, html('code', {}, key))],
];

/** The differences, or the names, that a report has; nothing where it has none. */
export function differenceList(report: Report): HTMLElement[] {
  const samples = Array.isArray(report.samples) ? (report.samples as readonly (Difference | string)[]) : [];
  const kinds = Object.entries((report.kinds ?? {}) as Record<DifferenceKind, number>);
  const counts = kinds
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => [kind, formatCount(count)] as const);
  return [
    ...(counts.length === 0 ? [] : [nameList(counts)]),
    ...(samples.length === 0 ? [] : [growing(samples)]),
  ];
}

function growing(samples: readonly (Difference | string)[]): HTMLElement {
  const place = html('div', {});
  let shown = 0;
  const more = () => {
    const before = shown;
    shown = Math.min(samples.length, shown + SHOWN);
    const first = samples.slice(0, shown);
    const rows = first.filter((each) => typeof each !== 'string');
    const drawn =
      rows.length > 0
        ? table(COLUMNS, rows)
        : table(
            NAMES,
            first.filter((each) => typeof each === 'string'),
          );
    const left = samples.length - shown;
    const words = `${formatCount(shown)} of the ${formatCount(samples.length)} that the report names.`;
    place.replaceChildren(
      drawn,
      html('p', { class: 'note' }, words),
      ...(left > 0
        ? [html('button', { type: 'button', onclick: more }, `Show ${Math.min(SHOWN, left)} more`)]
        : []),
    );
    if (before > 0) focusRow(place, before);
  };
  more();
  return place;
}

function version(number: number | undefined): Node | string {
  return number === undefined ? '–' : html('code', {}, String(number));
}
