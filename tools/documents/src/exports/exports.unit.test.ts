import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EXPORTS, exportsDocument, FOR_APPLICATIONS } from './exports-document.js';
import { namesIn, readEntries, readImports } from './read-exports.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const entries = readEntries(REPOSITORY);

it('docs/exports.md is what the packages export; "npm run documents" writes it anew', () => {
  expect(readFileSync(EXPORTS, 'utf8')).toBe(exportsDocument());
});

it('every entry for applications is there', () => {
  const specifiers = entries.map(({ specifier }) => specifier);
  expect(specifiers).toEqual(expect.arrayContaining(Object.keys(FOR_APPLICATIONS)));
});

it('what is not for applications is imported by another workspace, an example or a document', () => {
  const imported = readImports(REPOSITORY);
  const unused = entries
    .filter(({ specifier, file }) => !(specifier in FOR_APPLICATIONS) && file.endsWith('/index.ts'))
    .flatMap(({ specifier, values, types }) =>
      [...values, ...types]
        .filter((name) => !imported.get(specifier)?.has(name))
        .map((name) => `${specifier}: ${name}`),
    );
  expect(unused).toEqual([]);
});

it('names are read as they are written', () => {
  const text = [
    "export { a, type B, c as d } from './a.js';",
    "export type { E } from './e.js';",
    'export abstract class F {}',
    'export interface G {}',
    'const h = 1;',
  ].join('\n');
  expect(namesIn(text)).toEqual({ values: ['F', 'a', 'd'], types: ['B', 'E', 'G'] });
  expect(() => namesIn("export * from './all.js';")).toThrow('export *');
});
