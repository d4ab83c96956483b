import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Moves every workspace, and what they ask of each other, to one version: `set-version.mjs <version> [--dry-run]`. Prints
 * the files that it moves. `npm install` then brings the lock file after.
 */
const [version, dryRun] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? '')) {
  console.error('set-version.mjs <version> [--dry-run]: the version is like 1.2.3');
  process.exit(2);
}
const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const root = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
const folders = root.workspaces.flatMap((path) =>
  path.endsWith('/*')
    ? readdirSync(inRepository(path.slice(0, -2))).map((name) => `${path.slice(0, -1)}${name}`)
    : [path],
);
const files = ['package.json', ...folders.map((folder) => `${folder}/package.json`)].filter((file) =>
  existsSync(inRepository(file)),
);
const manifests = files.map((file) => [file, JSON.parse(readFileSync(inRepository(file), 'utf8'))]);
const own = new Set(manifests.map(([, { name }]) => name));
for (const [file, manifest] of manifests) {
  manifest.version = version;
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies']) {
    for (const name of Object.keys(manifest[kind] ?? {})) if (own.has(name)) manifest[kind][name] = version;
  }
  console.log(`${file} ${manifest.name} ${version}`);
  if (dryRun !== '--dry-run') writeFileSync(inRepository(file), `${JSON.stringify(manifest, null, 2)}\n`);
}
