import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { IN_SECRET_FILES } from './secret-files.js';
import { SETTINGS } from './settings.js';

const OPERATIONS = new URL('../../../../docs/operations.md', import.meta.url);

it('docs/operations.md lists the variables that name the file of a secret', () => {
  const documented = readFileSync(OPERATIONS, 'utf8').match(/`[A-Z_]+_URL_FILE`/g);
  expect(new Set(documented)).toEqual(
    new Set(IN_SECRET_FILES.map((name) => `\`${SETTINGS[name].env}_FILE\``)),
  );
});

const DOCS = new URL('../../../../docs/', import.meta.url);
const documents = readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => [path, readFileSync(new URL(path, DOCS), 'utf8')] as const);
const settings = Object.values(SETTINGS);

it.each(documents)('%s names no setting that is not there', (_, text) => {
  const unknown = [...text.matchAll(/`(app\.[\w.-]+)`/g)]
    .map(([, name]) => name)
    .filter((name) => !settings.some(({ yaml }) => yaml === name));
  expect(unknown).toEqual([]);
});

it.each(documents)('%s asks for no restart where a setting changes at run time', (_, text) => {
  const sentences = text.replaceAll('\n', ' ').split(/\. |\| /);
  const restarts = sentences.filter(
    (sentence) =>
      /restart|start a pod with|read at the start/i.test(sentence) &&
      !/\b(?:no|without a) restart/.test(sentence),
  );
  const live = settings.filter(({ atRunTime }) => atRunTime).flatMap(({ yaml, env }) => [yaml, env]);
  const named = restarts.flatMap((sentence) => [...sentence.matchAll(/[\w.-]+/g)].map(([word]) => word));
  expect(named.filter((word) => live.includes(word))).toEqual([]);
});
