import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findExamples } from './find-examples.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${REPOSITORY}/package.json`, 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

/** Trials and benchmarks run for minutes: what the documents say of them is held against their help. */
const PROGRAM = /tools\/(?:attack|bench|fault-test|peak-hour|replay)\/dist\/main\.js/;
const options = findExamples(REPOSITORY).flatMap(({ command }) => {
  const [, script = '', words = ''] = /\bnpm run (?:-s )?(\S+) -- ([\s\S]*)$/.exec(command) ?? [];
  const program = PROGRAM.exec(scripts[script] ?? '')?.[0];
  return program === undefined
    ? []
    : [...words.matchAll(/(?<!\S)--[\w-]+/g)].map(([option]) => ({ program, option }));
});

it.each([...new Set(options.map(({ program }) => program))])(
  '%s has every option that a document names',
  (program) => {
    const help = execFileSync('node', [program, '--help'], { cwd: REPOSITORY, encoding: 'utf8' });
    const named = options.filter((each) => each.program === program).map(({ option }) => option);
    for (const option of named) expect(help).toMatch(new RegExp(`^ +(?:-\\w, )?${option}\\b`, 'm'));
  },
);

it('documents name options of all of them', () => {
  expect(new Set(options.map(({ program }) => program)).size).toBe(4);
});
