import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REFUSED_COMMANDS } from './refused-commands.js';
import { type CommandTerms, SERVED_COMMANDS } from './served-commands.js';

const DOCUMENT = new URL('../../../docs/redis.md', import.meta.url);

/** The table of Redis' commands as docs/redis.md has it between its two marks. */
function table(): string {
  const served = Object.entries<CommandTerms>(SERVED_COMMANDS).map(
    ([name, { summary }]) => [name, `| \`${name.toUpperCase()}\` | yes | ${summary} |`] as const,
  );
  const refused = [...REFUSED_COMMANDS].map(
    ([name, why]) => [name, `| \`${name.toUpperCase()}\` | no | ${why} |`] as const,
  );
  const rows = [...served, ...refused].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  return ['| command | served | what it does, or why not |', '| --- | --- | --- |', ...rows].join('\n');
}

it('docs/redis.md lists every command of Redis, and whether it is served', () => {
  const documented = readFileSync(DOCUMENT, 'utf8')
    .split(/<!-- commands:.*-->/)[1]
    ?.trim();
  expect(documented).toBe(table());
});

it('no command is both served and refused', () => {
  expect(Object.keys(SERVED_COMMANDS).filter((name) => REFUSED_COMMANDS.has(name))).toEqual([]);
});
