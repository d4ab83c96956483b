import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExecaError, execa } from 'execa';
import { cacheFolder, exists } from './process/places.js';
import { npmTest } from './run-vitest.js';

/** The last commit of version 0.1.0. */
const FORMER = '5740e3101417f5b7b3b2d82cc268891b4c2b2a5e';
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * `npm run upgrade-test`: runs the former release, built from git and kept in the cache folder, beside this one, in both
 * orders, under load. Exits as the tests do; 1 where it can't be built.
 */
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const env = { FORMER_BUILD: await formerBuild() };
    return await npmTest(['apps/api/src/upgrade.e2e.test.ts'], { env });
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    console.error(`upgrade-test: the former release could not be built: ${error.message}`);
    return 1;
  }
}

/** The folder of the former release's build. */
async function formerBuild(): Promise<string> {
  const built = join(cacheFolder(), `former-${FORMER.slice(0, 8)}`);
  if (await exists(built)) return built;
  const unfinished = `${built}.unfinished-${process.pid}`;
  console.error('upgrade-test: building the former release, once');
  try {
    await execa('git', ['clone', '--quiet', '--no-checkout', '--local', REPOSITORY, unfinished]);
    await execa('git', ['checkout', '--quiet', FORMER], { cwd: unfinished });
    await execa('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: unfinished });
    await execa('npm', ['run', 'build'], { cwd: unfinished });
    await rename(unfinished, built);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return built;
}
