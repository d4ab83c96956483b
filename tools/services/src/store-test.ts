import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { ServicesError, tellError } from './errors.js';
import type { GivenService } from './find-context.js';
import { runTests, type TestRun } from './run-vitest.js';
import { givenForTests } from './test-selection.js';

/** What the store promises, and the promises of the whole on it: nothing but MongoDB decides whether these pass. */
const CONTRACT = ['packages/sync-core/src/store', 'packages/sync-core/src/promises'];
const USAGE = `Usage: npm run store-test -- --mongodb <url> [-t <name>]

Runs the contract tests of the store on a MongoDB of yours. TEST_MONGODB_URL may hold the URL instead, which a command
line shows to everyone on the machine. They write to databases of their own, whose names begin with hybrid_sync_test_,
and remove them; the user needs the right to make and to drop these. A Redis is started beside. -t runs the tests with
this name.

Exit codes: 0 all pass, 1 not, or MongoDB can't be reached, 2 bad arguments`;

const given = readArguments();
if (given === undefined) console.error(USAGE);
process.exitCode = given === undefined ? 2 : await runTests('store-test', (run) => storeTest(given, run));

async function storeTest(
  { mongodb, name }: StoreTestArguments,
  { start, vitest, interrupted }: TestRun,
): Promise<number> {
  const prefix = `hybrid_sync_test_${randomBytes(4).toString('hex')}_`;
  try {
    const { givenRedis } = givenForTests(process.env);
    const { redisUrl } = await start({ givenRedis, givenMongodb: mongodb });
    const env = { TEST_REDIS_URL: redisUrl, TEST_MONGODB_URL: mongodb.url, TEST_DATABASE_PREFIX: prefix };
    const which = ['--project', 'int', ...CONTRACT, ...(name === undefined ? [] : ['-t', name])];
    return await vitest(which, env).finally(() => removeDatabases(mongodb.url, prefix));
  } catch (error) {
    if (interrupted.aborted || !(error instanceof ServicesError)) throw error;
    console.error(tellError(error));
    return 1;
  }
}

interface StoreTestArguments {
  readonly mongodb: GivenService;
  readonly name: string | undefined;
}

function readArguments(): StoreTestArguments | undefined {
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
