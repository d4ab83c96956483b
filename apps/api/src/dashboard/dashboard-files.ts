import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { type PreparedFile, prepareFile } from '../http/prepared-file.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Every file of the dashboard by its name: the page's own, its compiled scripts, and what it uses of others. */
export function dashboardFiles(): ReadonlyMap<string, PreparedFile> {
  const manifest = createRequire(import.meta.url).resolve('@hybrid-sync/dashboard/package.json');
  const home = dirname(manifest);
  const library = dirname(createRequire(manifest).resolve('uplot'));
  const paths = new Map([
    ...filesOf(join(home, 'static')),
    ...filesOf(join(home, 'dist')),
    // Where the tools are over HTTP; it imports nothing.
    ['operations.js', createRequire(manifest).resolve('@hybrid-sync/tool-contract/operations')] as const,
    ['uplot.js', join(library, 'uPlot.esm.js')] as const,
    ['uplot.css', join(library, 'uPlot.min.css')] as const,
  ]);
  return new Map([...paths].map(([name, path]) => [name, read(path)]));
}

function filesOf(folder: string): (readonly [name: string, path: string])[] {
  return readdirSync(folder)
    .filter((name) => extname(name) in TYPES)
    .map((name) => [name, join(folder, name)] as const);
}

function read(path: string): PreparedFile {
  return prepareFile(TYPES[extname(path)] ?? 'application/octet-stream', readFileSync(path));
}
