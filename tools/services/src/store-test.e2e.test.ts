import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';

const STORE_TEST = fileURLToPath(new URL('../dist/store-test.js', import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 20 };
const QUICK = 'hold no more than one message does';
const url = process.env.TEST_MONGODB_URL ?? '';
const client = new MongoClient(url);
beforeAll(() => client.connect());
afterAll(() => client.close());

const start = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  execa(process.execPath, [STORE_TEST, ...args], {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: { VITEST: undefined, TEST_MONGODB_URL: undefined, ...env },
  });
const ownDatabases = async () => {
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => name.startsWith('hybrid_sync_test_'));
};

test('runs on the MongoDB that is named, in databases of its own, and removes them', async () => {
  const run = start(['--mongodb', url, '-t', QUICK]);
  await expect.poll(ownDatabases, PATIENCE).not.toEqual([]);
  const { exitCode, all } = await run;
  expect(all).toMatch(/[1-9]\d* passed/);
  expect(exitCode).toBe(0);
  expect(await ownDatabases()).toEqual([]);
});

test('removes them too when it is ended in the middle; the environment may name MongoDB', async () => {
  const run = start([], { TEST_MONGODB_URL: url });
  await expect.poll(ownDatabases, PATIENCE).not.toEqual([]);
  run.kill('SIGTERM');
  expect((await run).exitCode).toBe(143);
  expect(await ownDatabases()).toEqual([]);
});

test('a MongoDB that does not answer is told without its password', async () => {
  const { exitCode, all } = await start([
    '--mongodb',
    'mongodb://u:secret@127.0.0.1:1/?serverSelectionTimeoutMS=100',
  ]);
  expect(exitCode).toBe(1);
  expect(all).toContain('--mongodb');
  expect(all).not.toContain('secret');
});

test.each([[[]], [['mongodb://h']]])('%j is a usage error', async (args) => {
  expect(await start(args)).toMatchObject({
    exitCode: 2,
    all: expect.stringContaining('Usage: npm run store-test'),
  });
});
