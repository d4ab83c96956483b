import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const DOCUMENT = readFileSync(join(REPOSITORY, 'docs/how-it-works.md'), 'utf8');
const SOURCES = 'packages/sync-core/src';
/** Where parts are put together: a part meets another there without importing it. */
const WIRING = [
  'node/pod-parts.ts',
  'node/pod.ts',
  'node/projector-node.ts',
  'node/foundation.ts',
  'node/stores.ts',
];

/** The files of a way, in their order. */
function wayOf(name: string): string[] {
  const table = DOCUMENT.split(`<!-- way: ${name} -->`)[1]?.split('<!-- end -->')[0] ?? '';
  const links = table.matchAll(/^\| \d+ \| \[[^\]]+\]\(\.\.\/packages\/sync-core\/src\/([^)]+)\)/gm);
  return [...links].map(([, file = '']) => file);
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(REPOSITORY, SOURCES, file), 'utf8');
  return [...text.matchAll(/\bfrom '(\.[^']+)\.js'/g)].map(([, path = '']) =>
    normalize(join(dirname(file), `${path}.ts`)),
  );
}

it.each(['write', 'outbox', 'event', 'setting'])('the way of a %s leads from file to file', (name) => {
  const files = wayOf(name);
  expect(files.length).toBeGreaterThan(2);
  const wired = WIRING.flatMap(importsOf);
  for (const [at, file] of files.entries()) {
    if (at === 0) continue;
    const known = [...files.slice(0, at).flatMap(importsOf), ...wired];
    expect(known, file).toContain(file);
  }
});

it('a write goes through twelve files at most', () => {
  expect(wayOf('write').length).toBeLessThanOrEqual(12);
});
