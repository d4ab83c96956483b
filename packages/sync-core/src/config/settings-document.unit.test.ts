import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SETTINGS } from './settings.js';

const OPERATIONS = new URL('../../../../docs/operations.md', import.meta.url);

/** The table of settings as docs/operations.md has it between its two marks. */
function table(): string {
  const rows = Object.values(SETTINGS).map(({ yaml, env, default: value, doc, atRunTime }) => {
    const shown = value === undefined ? '' : `\`${value}\``;
    return `| \`${yaml}\` | \`${env}\` | ${shown} | ${atRunTime ? 'yes' : ''} | ${doc} |`;
  });
  return [
    '| YAML | environment | default | at run time | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

it('docs/operations.md lists every setting with its names, default and meaning, and whether it may change at run time', () => {
  const documented = readFileSync(OPERATIONS, 'utf8')
    .split(/<!-- settings:.*-->/)[1]
    ?.trim();
  expect(documented).toBe(table());
});
