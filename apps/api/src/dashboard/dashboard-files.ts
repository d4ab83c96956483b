import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';
import { type PreparedFile, prepareFile } from '../http/prepared-file.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The contract's own file, beside the page's. */
const OPERATIONS = 'operations.js';

/** Every file of the dashboard by its name: the page's own, its compiled scripts, and what it uses of others. */
export function dashboardFiles(): ReadonlyMap<string, PreparedFile> {
  const manifest = createRequire(import.meta.url).resolve('@hybrid-sync/dashboard/package.json');
  const home = dirname(manifest);
  const library = dirname(createRequire(manifest).resolve('uplot'));
  const paths = new Map([
    ...filesOf(join(home, 'static')),
    ...filesOf(join(home, 'dist')),
    ...filesOf(dirname(createRequire(manifest).resolve('@hybrid-sync/client')), 'client/'),
    // Where the tools are over HTTP; it imports nothing.
    [OPERATIONS, createRequire(manifest).resolve(`@hybrid-sync/tool-contract/operations`)] as const,
    ['uplot.js', join(library, 'uPlot.esm.js')] as const,
    ['uplot.css', join(library, 'uPlot.min.css')] as const,
  ]);
  return new Map([...paths].map(([name, path]) => [name, read(path)]));
}

/** The files of a folder, and of those in it, that a browser takes; `under`: where the page finds them. */
function filesOf(folder: string, under = ''): (readonly [name: string, path: string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) in TYPES)
    .map((name) => [`${under}${name.replaceAll(sep, '/')}`, join(folder, name)] as const);
}

function read(path: string): PreparedFile {
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const bytes = readFileSync(path);
  // A browser knows no packages; what the client imports of one is beside the page.
  return prepareFile(type, extname(path) === '.js' ? Buffer.from(byPlace(bytes.toString())) : bytes);
}

function byPlace(script: string): string {
  return script.replaceAll("'@hybrid-sync/tool-contract/operations'", `'../${OPERATIONS}'`);
}
