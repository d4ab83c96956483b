import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { BENCHMARKS, COMPARISON, withFigures } from './comparison/comparison-document.js';
import { EXPORTS, exportsDocument } from './exports/exports-document.js';
import { OPERATIONS, withTables } from './operations/operations-document.js';
import { REFERENCE, reference } from './reference/reference-document.js';
import { DOCUMENT, withPictures } from './rooms/rooms-document.js';

/**
 * `npm run documents`: draws the pictures of the code's structure, writes the reference of the tools and of the exports
 * and the tables of settings and metrics, and takes the benchmark's figures over into the comparison.
 */
const benchmarks = await readFile(BENCHMARKS, 'utf8');
const WRITTEN: [file: string, write: (before: string) => string][] = [
  [DOCUMENT, withPictures],
  [REFERENCE, reference],
  [EXPORTS, exportsDocument],
  [OPERATIONS, withTables],
  [COMPARISON, (before) => withFigures(before, benchmarks)],
];
for (const [file, write] of WRITTEN) {
  const before = await readFile(file, 'utf8');
  const after = write(before);
  if (after !== before) await writeFile(file, after);
  console.log(`docs/${basename(file)} ${after === before ? 'is as it should be' : 'has been written anew'}.`);
}
