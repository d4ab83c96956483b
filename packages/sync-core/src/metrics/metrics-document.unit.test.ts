import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS } from './catalogue.js';
import type { MetricDefinition } from './definition.js';

const OPERATIONS = new URL('../../../../docs/operations.md', import.meta.url);

/** The table of metrics as docs/operations.md has it between its two marks. */
function table(): string {
  const rows = Object.values<MetricDefinition>(METRICS).map(({ name, kind, process, labels, help }) => {
    const shown = Object.keys(labels).map((label) => `\`${label}\``);
    const where = process === 'both' ? 'api, projector' : process;
    return `| \`${name}\` | ${kind} | ${shown.join(', ')} | ${where} | ${help} |`;
  });
  return [
    '| metric | kind | labels | exported by | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

it('docs/operations.md lists every metric with its kind, labels, process and meaning', () => {
  const documented = readFileSync(OPERATIONS, 'utf8')
    .split(/<!-- metrics:.*-->/)[1]
    ?.trim();
  expect(documented).toBe(table());
});
