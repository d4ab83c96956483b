import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What to say to someone who lacks development tools, such as after an install with NODE_ENV=production. */
export const INSTALL_ADVICE = 'Run "npm ci --include=dev" first.';

/**
 * The script that a development tool is started by.
 * @param {string} name the tool's package, which has one program
 * @returns {string | undefined} undefined where the tool is not installed
 */
export function scriptOf(name) {
  const manifest = join(REPOSITORY, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(dirname(manifest), typeof bin === 'string' ? bin : Object.values(bin)[0]);
}
