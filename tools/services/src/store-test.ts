import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { ServicesError, tellError } from './errors.js';
import { exitCodeOf, findVitest, runVitest } from './run-vitest.js';
import { type Services, startServices } from './start-services.js';
import { TerminalProgress } from './terminal-progress.js';
import { givenForTests } from './test-selection.js';

/** What the store promises, and the promises of the whole on it: nothing but MongoDB decides whether these pass. */
const CONTRACT = ['packages/sync-core/src/store', 'packages/sync-core/src/promises'];
const USAGE = `Usage: npm run store-test -- --mongodb <url> [-t <name>]

Runs the contract tests of the store on a MongoDB of yours. TEST_MONGODB_URL may hold the URL instead, which a command
line shows to everyone on the machine. They write to databases of their own, whose names begin with hybrid_sync_test_,
and remove them; the user needs the right to make and to drop these. A Redis is started beside. -t runs the tests with
this name.

Exit codes: 0 all pass, 1 not, or MongoDB can't be reached, 2 bad arguments`;

process.exitCode = await main();

async function main(): Promise<number> {
  const given = readArguments();
  const vitest = findVitest();
  if (given === undefined || vitest === undefined) {
    console.error(given === undefined ? USAGE : 'vitest is not installed. Run "npm ci --include=dev" first.');
    return given === undefined ? 2 : 1;
  }
  const { mongodb, name } = given;
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(signal));
  }
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-store-test-'));
  const prefix = `hybrid_sync_test_${randomBytes(4).toString('hex')}_`;
  let services: Services | undefined;
  try {
    services = await startServices({
      dataDir: folder,
      dataDirVariable: 'TMPDIR',
      givenRedis: givenForTests(process.env).givenRedis,
      givenMongodb: mongodb,
      durable: false,
      progress: new TerminalProgress(),
      signal: interrupted.signal,
    });
    const env = {
      ...process.env,
      TEST_REDIS_URL: services.redisUrl,
      TEST_MONGODB_URL: mongodb.url,
      TEST_DATABASE_PREFIX: prefix,
    };
    const which = ['--project', 'int', ...CONTRACT, ...(name === undefined ? [] : ['-t', name])];
    return await runVitest(vitest, which, env, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return exitCodeOf(interrupted.signal.reason);
    if (!(error instanceof ServicesError)) throw error;
    console.error(tellError(error));
    return 1;
  } finally {
    if (services !== undefined) await removeDatabases(mongodb.url, prefix);
    await services?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function readArguments():
  | { mongodb: { url: string; variable: string }; name: string | undefined }
  | undefined {
  try {
    const { values } = parseArgs({
      options: { mongodb: { type: 'string' }, t: { type: 'string', short: 't' } },
    });
    const mongodb = values.mongodb
      ? { url: values.mongodb, variable: '--mongodb' }
      : givenForTests(process.env).givenMongodb;
    return mongodb && { mongodb, name: values.t };
  } catch {
    return undefined;
  }
}

/** What a test that was killed has left: only names that begin with what this run has chosen at random. */
async function removeDatabases(url: string, prefix: string): Promise<void> {
  const client = new MongoClient(url);
  try {
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
    for (const { name } of databases) if (name.startsWith(prefix)) await client.db(name).dropDatabase();
  } catch {
    console.error(
      `store-test: databases whose names begin with ${prefix} may be left: they could not be listed.`,
    );
  } finally {
    await client.close();
  }
}
