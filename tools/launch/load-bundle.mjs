import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { constants, Script } from 'node:vm';

/**
 * Where what a Node of this release, with these options and on such a processor, made of a bundle's code is kept. Any other
 * Node looks for another file, and compiles the code itself.
 */
export function compiledFile(bundle) {
  return `${bundle}.${cachedDataVersionTag()}`;
}

/**
 * Loads a bundle: a CommonJS module in one file, which may require others beside it. What was compiled when it was made is
 * taken instead of its text where that is there; Node refuses it if it is not of this code.
 * Returns its exports, and the script, for who compiles it.
 */
export function loadBundle(bundle) {
  const compiled = compiledFile(bundle);
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'utf8')}\n})`,
    {
      filename: bundle,
      cachedData: existsSync(compiled) ? readFileSync(compiled) : undefined,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, dirname(bundle));
  return { exports: module.exports, script };
}
