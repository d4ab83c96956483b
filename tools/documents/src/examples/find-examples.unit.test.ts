import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { examplesOfComments, examplesOfDocument, findExamples } from './find-examples.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

describe('the examples of a document', () => {
  it('are its commands, each with what it prints', () => {
    const text = [
      'Run `npm start`, or `not this`, or `hybrid-sync',
      'stats --watch`:',
      '```bash',
      "curl -d '{",
      '  "a": 1 # no comment',
      "}' | jq .a   # a comment that isn't read",
      'npm run bench -- \\',
      '  --quick',
      '```',
      '',
      '```json',
      '1',
      '```',
      '```mermaid',
      'npm run picture',
      '```',
      '```text',
      '$ hybrid-sync get key=a',
      'error: no',
      '$ hybrid-sync stats',
      '```',
      '1. In a list:',
      '',
      '   ```bash',
      '   npm test',
      '   ```',
      '',
      '   ```text',
      '   fine',
      '   ```',
    ].join('\n');
    expect(examplesOfDocument(text)).toEqual([
      { command: `curl -d '{\n  "a": 1 # no comment\n}' | jq .a`, output: undefined, inSentence: false },
      { command: 'npm run bench --   --quick', output: '1\n', inSentence: false },
      { command: 'hybrid-sync get key=a', output: 'error: no\n', inSentence: false },
      { command: 'hybrid-sync stats', output: '', inSentence: false },
      { command: 'npm test', output: 'fine\n', inSentence: false },
      { command: 'npm start', output: undefined, inSentence: true },
      { command: 'hybrid-sync stats --watch', output: undefined, inSentence: true },
    ]);
  });
});

it('the examples of a compose file are the commands in its comments', () => {
  const text = ['# Words, and npm run words', '#   A=b npx hybrid-sync stats \\', '#     --json', 'npm: run'];
  expect(examplesOfComments(text.join('\n')).map(({ command }) => command)).toEqual([
    'A=b npx hybrid-sync stats --json',
  ]);
});

describe('every command of npm in the documents', () => {
  const { scripts } = JSON.parse(readFileSync(`${REPOSITORY}/package.json`, 'utf8'));
  const examples = findExamples(REPOSITORY).filter(({ command }) => /\bnpm (run|test|start)\b/.test(command));

  it.each(examples.map(({ file, command }) => [file, command]))(
    '%s: %s names a script, and files that are there',
    (_, command) => {
      for (const [, name = ''] of command.matchAll(/\bnpm (?:run (?:-s |--silent )?)?([\w:-]+)/g)) {
        if (name !== 'ci') expect(Object.keys(scripts)).toContain(name);
      }
      for (const [path] of command.matchAll(/\b(?:apps|packages|tools)\/\S+/g)) {
        if (!path.includes('/dist/')) expect(existsSync(`${REPOSITORY}/${path}`), path).toBe(true);
      }
    },
  );
});
