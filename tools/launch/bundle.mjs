import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Makes one file of an app and of all that it imports, and one more of each part that it loads only when that is needed;
 * run in the app's folder. Most of what a start costs is finding and loading some 1,400 modules, one by one.
 *
 * A bundle runs where it was made, with `packages` and `node_modules` beside it, and is in no package.
 */
const FOLDER = resolve('dist', 'bundle');

/** Tells each module the place that it has by itself: files and native parts are looked for from there. */
const placesOfTheirOwn = {
  name: 'places-of-their-own',
  transform: {
    filter: { id: { exclude: /^\0/ }, code: /\bimport\.meta\.url\b|\b__(dirname|filename)\b/ },
    handler: (_, id, { magicString }) => {
      const place = (path) => `'${relative(FOLDER, path)}'`;
      const ofFolder = (path) => `require('node:path').join(BUNDLE_FOLDER, ${place(path)})`;
      magicString
        .replaceAll('import.meta.url', `new URL(${place(id)}, import.meta.url).href`)
        .replaceAll('__dirname', ofFolder(join(id, '..')))
        .replaceAll('__filename', ofFolder(id));
      return { code: magicString };
    },
  },
};

rmSync(FOLDER, { recursive: true, force: true });
const bundle = await rolldown({
  input: join('src', 'main.ts'),
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
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  banner: 'const BUNDLE_FOLDER = import.meta.dirname;',
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();
