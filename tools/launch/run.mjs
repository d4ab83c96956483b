import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runToEnd } from './child-group.mjs';
import { INSTALL_ADVICE, REPOSITORY, scriptOf } from './dev-tools.mjs';
import { endWithParent } from './end-with-parent.mjs';

/**
 * Builds, then is the program: `exec node tools/launch/run.mjs $PPID <program> [arguments]`, in npm's scripts. With
 * `exec` the shell is no process of its own, which would take npm's signals and pass none on; `$PPID` is npm, whose end
 * ends the program in good order. `--only=<workspaces>` before the program, with commas between, builds those and what they
 * need, not all. Where the build tools are not installed, an earlier build is run as it is.
 *
 * Plain JavaScript, since nothing is built yet.
 */
const [, , parent, ...rest] = process.argv;
const only = rest[0]?.startsWith('--only=') ? rest.shift()?.slice('--only='.length) : undefined;
const [program = '', ...given] = rest;
const main = resolve(REPOSITORY, program);
endWithParent(Number.parseInt(parent, 10));

const turbo = scriptOf('turbo');
if (turbo !== undefined && scriptOf('typescript') !== undefined) {
  const which = only?.split(',').map((workspace) => `--filter=${workspace}`) ?? [];
  const code = await runToEnd([turbo, 'run', 'build', ...which, '--output-logs=errors-only'], {
    cwd: REPOSITORY,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    // Standard output is for the program's result.
    stdio: ['ignore', 2, 2],
  });
  if (code !== 0) process.exit(code);
} else if (existsSync(main) && existsSync(join(REPOSITORY, 'node_modules'))) {
  console.error(`The build tools are not installed: this is the last build. ${INSTALL_ADVICE}`);
} else {
  console.error(`The build tools are not installed, and there is no build that could run. ${INSTALL_ADVICE}`);
  process.exit(1);
}

process.argv.splice(1, process.argv.length, main, ...given);
await import(pathToFileURL(main).href);
