import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * Makes one file of an app and of all that it imports, and one more of each part that it loads only when that is needed; run
 * in the app's folder, whose `src/start.ts` exports `start()`. Most of what a start costs is finding some 1,400 modules one by
 * one, and compiling them.
 *
 * A bundle runs where it was made, with `packages` and `node_modules` beside it, and is in no package.
 */
const FOLDER = resolve('dist', 'bundle');
/** The bundle itself: CommonJS, since Node takes no compiled code for an ES module. */
const BUNDLE = join(FOLDER, 'app.cjs');
/** Node's options with which the bundle is compiled: what comes of it is good for the same options only. */
const NODE_OPTIONS = [[], ['--max-semi-space-size=32']];
const MAIN = `import { fileURLToPath } from 'node:url';
import { loadBundle } from './load-bundle.mjs';

await loadBundle(fileURLToPath(new URL('app.cjs', import.meta.url))).exports.start();
`;
const beside = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Tells each module the place that it has by itself: files and native parts are looked for from there. */
const placesOfTheirOwn = {
  name: 'places-of-their-own',
  transform: {
    filter: { id: { exclude: /^\0/ }, code: /\bimport\.meta\.url\b|\b__(dirname|filename)\b/ },
    handler: (_, id, { magicString }) => {
      const placeOf = (path) => `require('node:path').join(BUNDLE_FOLDER, '${relative(FOLDER, path)}')`;
      magicString
        .replaceAll('import.meta.url', `require('node:url').pathToFileURL(${placeOf(id)}).href`)
        .replaceAll('__dirname', placeOf(join(id, '..')))
        .replaceAll('__filename', placeOf(id));
      return { code: magicString };
    },
  },
};

rmSync(FOLDER, { recursive: true, force: true });
const bundle = await rolldown({
  input: { app: join('src', 'start.ts') },
  platform: 'node',
  // Packages as Node would take them, other workspaces from their sources, to which the maps then lead.
  resolve: {
    conditionNames: ['hybrid-sync-source', 'node'],
    extensions: ['.js', '.json', '.node'],
    extensionAlias: { '.js': ['.js', '.ts'] },
  },
  plugins: [placesOfTheirOwn],
  experimental: { nativeMagicString: true },
});
await bundle.write({
  dir: FOLDER,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  banner: 'const BUNDLE_FOLDER = __dirname;',
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();
copyFileSync(beside('load-bundle.mjs'), join(FOLDER, 'load-bundle.mjs'));
writeFileSync(join(FOLDER, 'main.js'), MAIN);
for (const options of NODE_OPTIONS) {
  execFileSync(process.execPath, [...options, beside('compile-bundle.mjs'), BUNDLE], { stdio: 'inherit' });
}
