import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServicesError, tellError } from './errors.js';
import { exitCodeOf, findVitest, runVitest } from './run-vitest.js';
import { type Services, startServices } from './start-services.js';
import { TerminalProgress } from './terminal-progress.js';
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
// The terminal may be closed before the stop is done.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const vitest = findVitest();
  if (vitest === undefined) {
    console.error('vitest is not installed. Run "npm ci --include=dev" first.');
    return 1;
  }
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => interrupted.abort(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-test-'));
  const temporary = join(folder, 'temporary');
  await mkdir(temporary);
  const run = (which: string[], urls: NodeJS.ProcessEnv = {}) =>
    runVitest(vitest, which, { ...process.env, TMPDIR: temporary, ...urls }, interrupted.signal);
  let services: Services | undefined;
  try {
    if (!needsServices(args)) return await run(args);
    services = await startServices({
      dataDir: folder,
      dataDirVariable: 'TMPDIR',
      ...givenForTests(process.env),
      durable: false,
      progress: new TerminalProgress(),
      signal: interrupted.signal,
      onUnexpectedExit: (message) => console.error(`npm test: ${message}`),
    });
    return await run(args, { TEST_REDIS_URL: services.redisUrl, TEST_MONGODB_URL: services.mongodbUrl });
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodeOf(interrupted.signal.reason);
    if (!(error instanceof ServicesError)) throw error;
    console.error(`npm test: SKIPPING ALL int AND e2e TESTS: ${tellError(error)}`);
    const code = await run(unitOnly(args));
    return process.env.CI ? code || 1 : code;
  } finally {
    await services?.stop();
    if (!interrupted.signal.aborted) await tellOfRemains(temporary);
    // A process that was killed may still write its last.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Names what the suite has left in its temporary folder; each test is to remove its own. */
async function tellOfRemains(temporary: string): Promise<void> {
  const remains = await readdir(temporary);
  if (remains.length > 0)
    console.error(`npm test: left behind by a test, removed now: ${remains.join(', ')}`);
}
