import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { END_SIGNALS } from './child-group.mjs';
import { INSTALL_ADVICE, REPOSITORY, scriptOf } from './dev-tools.mjs';

/**
 * Runs a development tool, or says how to get it: `exec node tools/launch/tool.mjs <package> [arguments]`. The tool has
 * the terminal; what ends this process ends it, too.
 */
const [name, ...args] = process.argv.slice(2);
const script = scriptOf(name);
if (script === undefined) {
  console.error(`${name} is not installed. ${INSTALL_ADVICE}`);
  process.exit(1);
}
const child = spawn(process.execPath, [script, ...args], {
  cwd: REPOSITORY,
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  stdio: 'inherit',
});
for (const signal of END_SIGNALS) process.on(signal, () => child.kill(signal));
const [code, signal] = await once(child, 'exit');
process.exitCode = code ?? 128 + constants.signals[signal];
