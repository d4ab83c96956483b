import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServicesError, tellError } from './errors.js';
import { runTests, type TestRun } from './run-vitest.js';
import { givenForTests, needsServices, unitOnly } from './test-selection.js';

/**
 * `npm test`: starts services of its own in a fresh folder, runs vitest with their URLs in the environment, stops
 * them, removes the folder, and exits as vitest did. Arguments are vitest's. The folder is the tests' temporary one, too,
 * so that a test that is killed leaves nothing behind.
 *
 * TEST_REDIS_URL and TEST_MONGODB_URL name services to use instead. Tests write to them: each suite into a database
 * and under a key prefix of its own, which it removes. REDIS_URL and MONGODB_URL, which may well name someone's data,
 * are never used.
 */
const args = process.argv.slice(2);
process.exitCode = await runTests('test', async (run) => {
  const temporary = join(run.folder, 'temporary');
  await mkdir(temporary);
  const code = await testsIn(temporary, run);
  if (!run.interrupted.aborted) await tellOfRemains(temporary);
  return code;
});

async function testsIn(TMPDIR: string, { start, vitest, interrupted }: TestRun): Promise<number> {
  if (!needsServices(args)) return vitest(args, { TMPDIR });
  try {
    const onUnexpectedExit = (message: string) => console.error(`npm test: ${message}`);
    const { redisUrl, mongodbUrl } = await start({ ...givenForTests(process.env), onUnexpectedExit });
    return await vitest(args, { TMPDIR, TEST_REDIS_URL: redisUrl, TEST_MONGODB_URL: mongodbUrl });
  } catch (error) {
    if (interrupted.aborted || !(error instanceof ServicesError)) throw error;
    console.error(`npm test: SKIPPING ALL int AND e2e TESTS: ${tellError(error)}`);
    const code = await vitest(unitOnly(args), { TMPDIR });
    return process.env.CI ? code || 1 : code;
  }
}

/** Names what the suite has left in its temporary folder; each test is to remove its own. */
async function tellOfRemains(temporary: string): Promise<void> {
  const remains = await readdir(temporary);
  if (remains.length > 0)
    console.error(`npm test: left behind by a test, removed now: ${remains.join(', ')}`);
}
