import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const APPS = fileURLToPath(new URL('../../../apps', import.meta.url));

describe.each(['api', 'projector', 'cli'])('the bundle of the %s', (app) => {
  const folder = join(APPS, app, 'dist/bundle');

  it('imports nothing but Node and its own parts', async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.js'));
    for (const file of files) {
      const code = await readFile(join(folder, file), 'utf8');
      const imported = [...code.matchAll(/^import (?:.* from )?"([^"]+)";$/gm)].map(([, name = '']) => name);
      const others = imported.filter((name) => !isBuiltin(name) && !files.includes(name.slice('./'.length)));
      expect(others, file).toEqual([]);
    }
  });

  it('has maps that lead to the sources', async () => {
    const code = await readFile(join(folder, 'main.js'), 'utf8');
    const map = new SourceMap(JSON.parse(await readFile(join(folder, 'main.js.map'), 'utf8')));
    const line = code.split('\n').indexOf('// src/main.ts');
    expect(map.findEntry(line + 1, 0)).toMatchObject({
      originalSource: expect.stringMatching(/src\/main\.ts$/),
    });
  });
});
