import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HybridSyncClient } from '@hybrid-sync/client';
import { appProcess, findCurl, inDatabase, type ServiceProcess } from '@hybrid-sync/services';
import type { FastifyInstance } from 'fastify';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CountingWorker } from './embedded/counting-worker.js';
import { sessionService as after } from './sessions/after.js';
import { sessionService as before } from './sessions/before.js';

const run = promisify(execFile);
const name = `x${randomUUID().slice(0, 8)}`;
const { TEST_REDIS_URL: redisUrl = '', TEST_MONGODB_URL = '', PATH } = process.env;
const mongodbUrl = (database: string) => inDatabase(TEST_MONGODB_URL, database);
const redis = new Redis(redisUrl);

let folder: string;
let api: ServiceProcess;
let url: string;
/** Where the api speaks Redis' protocol. */
let redisPort: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
  const port = await getPort({ host: '127.0.0.1' });
  redisPort = await getPort({ host: '127.0.0.1' });
  const main = fileURLToPath(import.meta.resolve('@hybrid-sync/api/dist/main.js'));
  const env = {
    PATH,
    REDIS_URL: redisUrl,
    MONGODB_URL: mongodbUrl(name),
    HYBRID_SYNC_NAMESPACE: name,
    REDIS_LISTEN_PORT: String(redisPort),
  };
  api = appProcess({ name: 'api', main, port, dataDir: folder, env });
  await api.start();
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await api.stop();
  const all = new Redis(redisUrl);
  const keys = [...(await all.keys(`${name}*`)), ...(await all.keys(`session:${name}*`))];
  for (const key of keys) await all.del(key);
  for (const each of [all, redis]) each.disconnect();
  for (const database of [name, `${name}w`, `${name}r`]) {
    const client = new MongoClient(mongodbUrl(database));
    await client.db().dropDatabase();
    await client.close();
  }
  await rm(folder, { recursive: true });
});

describe('sessions', () => {
  const session = { user: 'ada', roles: ['admin'] };
  const byHand = () => before(redis);
  const byProtocol = () => {
    const connection = new Redis(redisPort);
    const app = before(connection);
    app.addHook('onClose', async () => connection.disconnect());
    return app;
  };
  const byClient = () => after(new HybridSyncClient({ url }));
  /** What a service answers to a request about one session. */
  async function ask(app: FastifyInstance, method: 'PUT' | 'GET' | 'DELETE', id: string): Promise<unknown> {
    const payload = method === 'PUT' ? { payload: session } : {};
    return (
      await app.inject({ method, url: `/sessions/${name}-${encodeURIComponent(id)}`, ...payload })
    ).json();
  }

  it.each<[string, () => FastifyInstance]>([
    ['in Redis by hand', byHand],
    ["by hand, over the api's Redis protocol", byProtocol],
    ['by the client', byClient],
  ])('%s are saved, found and deleted', async (how, service) => {
    const app = service();
    expect(await ask(app, 'GET', how)).toEqual({ saved: false });
    expect(await ask(app, 'PUT', how)).toEqual({ saved: true });
    expect(await ask(app, 'GET', how)).toEqual(session);
    expect(await ask(app, 'DELETE', how)).toEqual({ existed: true });
    await app.close();
  });

  it('that were saved by hand are found by the client once they are imported', async () => {
    const [old, current] = [byHand(), byClient()];
    await ask(old, 'PUT', 'old');
    const client = new HybridSyncClient({ url });
    const match = `session:${name}-*`;
    expect(await client.call('import_plain_keys', { match })).toMatchObject({ importable: 1, imported: 0 });
    expect(await client.call('import_plain_keys', { match, apply: true })).toMatchObject({ imported: 1 });
    expect(await ask(current, 'GET', 'old')).toEqual(session);
    expect((await client.ttl(`session:${name}-old`)).ttlSec).toBeGreaterThan(3500);
    // The way back: the plain key is still there.
    expect(await ask(old, 'GET', 'old')).toEqual(session);
    await Promise.all([old.close(), current.close()]);
  });
});

it('workers count words together, in both stores', async () => {
  const options = { redis: redisUrl, mongodb: mongodbUrl(`${name}w`), namespace: `${name}w` };
  const workers = await Promise.all([CountingWorker.start(options), CountingWorker.start(options)]);
  const counts = await Promise.all(workers.flatMap((worker) => [worker.count('a'), worker.count('a')]));
  expect(counts.toSorted()).toEqual([1, 2, 3, 4]);
  await expect.poll(() => workers[0]?.differing()).toBe(0);
  await Promise.all(workers.map((worker) => worker.stop()));
});

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

it('curl writes, reads and deletes a pair', async () => {
  expect(
    (await run('sh', [file('http/pairs.sh'), url], { env: { PATH: `${dirname(await findCurl())}:${PATH}` } }))
      .stdout,
  ).toBe('hello\n404\n');
});

/** Not every machine has it. */
const python = await run('python3', ['--version']).then(
  () => true,
  () => false,
);

it.skipIf(!python)('Python writes a pair by the OpenAPI document', async () => {
  expect((await run('python3', [file('http/pairs.py'), url])).stdout).toBe('hello\n');
});

/** Runs the JavaScript that a README shows, with other texts in place of some of its own. */
async function runReadme(path: string, instead: Readonly<Record<string, string>>): Promise<string> {
  const [, shown = ''] = /^```js\n([\s\S]*?)^```$/m.exec(await readFile(file(path), 'utf8')) ?? [];
  const code = Object.entries(instead).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, shown);
  return (await run('node', ['--input-type=module', '--eval', code], { cwd: file('.') })).stdout;
}

it("the client's README shows what works", async () => {
  const told = await runReadme('../packages/client/README.md', { 'http://127.0.0.1:8080': url });
  expect(told).toContain('Ada L.');
  expect(told).toContain('outboxEvents');
});

it("the core's README shows what works", async () => {
  const told = await runReadme('../packages/sync-core/README.md', {
    'redis://127.0.0.1:6379': redisUrl,
    'mongodb://127.0.0.1:27017/hybrid_sync': mongodbUrl(`${name}r`),
    "'shop'": `'${name}r'`,
  });
  expect(told).toMatch(/^\d{16} \w+ \{/);
  expect(told.trimEnd()).toMatch(/\n0$/);
});
