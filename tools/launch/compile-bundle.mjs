import { writeFileSync } from 'node:fs';
import { compiledFile, loadBundle } from './load-bundle.mjs';

/**
 * Loads the bundle that the command line names, and keeps what this Node compiled for that: the functions that ran, since
 * Node compiles no others.
 */
const [, , bundle] = process.argv;
const { script } = loadBundle(bundle);
writeFileSync(compiledFile(bundle), script.createCachedData());
// What a module begins when it is loaded is not waited for.
process.exit();
