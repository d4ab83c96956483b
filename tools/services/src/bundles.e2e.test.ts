import { readdir, readFile } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { NODE_ARGS } from './system/app-process.js';

const APPS = fileURLToPath(new URL('../../../apps', import.meta.url));

describe.each(['api', 'projector', 'cli'])('the bundle of the %s', (app) => {
  const folder = join(APPS, app, 'dist/bundle');
  const bundle = join(folder, 'app.cjs');

  it('requires nothing but Node and its own parts', async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.cjs'));
    for (const file of files) {
      const code = await readFile(join(folder, file), 'utf8');
      const required = [...code.matchAll(/^(?:let|const) \w+ = require\("([^"]+)"\);$/gm)].map(
        ([, name = '']) => name,
      );
      const others = required.filter((name) => !isBuiltin(name) && !files.includes(name.slice('./'.length)));
      expect(others, file).toEqual([]);
    }
  });

  it('has maps that lead to the sources', async () => {
    const code = await readFile(bundle, 'utf8');
    const map = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, 'utf8')));
    const line = code.split('\n').indexOf('async function start() {');
    expect(map.findEntry(line, 0)).toMatchObject({
      originalSource: expect.stringMatching(/src\/start\.ts$/),
    });
  });

  it.each([
    ['without options', []],
    ['with those of the processes', NODE_ARGS],
  ])('is compiled for this Node %s', async (_, options) => {
    const load = pathToFileURL(join(folder, 'load-bundle.mjs')).href;
    const look = `
      const { loadBundle } = await import(${JSON.stringify(load)});
      console.log(loadBundle(${JSON.stringify(bundle)}).script.cachedDataRejected);
      process.exit();
    `;
    const { stdout } = await execa(process.execPath, [...options, '--input-type=module', '-e', look]);
    expect(stdout).toBe('false');
  });
});
