import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What a module loads when it is imported: its static imports and those of the modules of ours among them. */
function loadedBy(module: URL, seen = new Set<string>()): Set<string> {
  const text = readFileSync(module, 'utf8');
  for (const [, name = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*? from '([^']+)';$/gm)) {
    const own = new URL(name.replace(/\.js$/, '.ts'), module);
    if (seen.has(own.href) || seen.has(name)) continue;
    if (!name.startsWith('.')) seen.add(name);
    else loadedBy(own, seen.add(own.href));
  }
  return seen;
}

it('importing the embedding loads no package, which would cost a second of start', () => {
  const loaded = [...loadedBy(new URL('./embedded.ts', import.meta.url))];
  expect(loaded.filter((name) => !name.startsWith('file:'))).toEqual([]);
  expect(loaded.some((name) => name.endsWith('/errors.ts'))).toBe(true);
});
