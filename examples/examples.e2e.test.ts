import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HybridSyncClient } from '@hybrid-sync/client';
import { findCurl, inDatabase } from '@hybrid-sync/services';
import { RealSystem } from '@hybrid-sync/services/real-system';
import type { FastifyInstance } from 'fastify';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { priceCache, priceOf } from './caches/prices.js';
import { CountingWorker } from './embedded/counting-worker.js';
import { runAgent } from './mcp/agent.js';
import { remembers } from './mcp/remembers.js';
import { sessionService as after } from './sessions/after.js';
import { sessionService as before } from './sessions/before.js';

const run = promisify(execFile);
const name = `x${randomUUID().slice(0, 8)}`;
const { TEST_REDIS_URL: redisUrl = '', TEST_MONGODB_URL = '', PATH } = process.env;
const mongodbUrl = (database: string) => inDatabase(TEST_MONGODB_URL, database);
const redis = new Redis(redisUrl);

let system: RealSystem;
let url: string;
/** Where the api speaks Redis' protocol. */
let redisPort: number;
beforeAll(async () => {
  redisPort = await getPort({ host: '127.0.0.1' });
  system = new RealSystem({ REDIS_LISTEN_PORT: String(redisPort) });
  ({ url } = await system.start('api'));
});
afterAll(async () => {
  await system.stop();
  const keys = [...(await redis.keys(`${name}*`)), ...(await redis.keys(`session:${name}*`))];
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
  for (const database of [`${name}w`, `${name}r`]) {
    const client = new MongoClient(mongodbUrl(database));
    await client.db().dropDatabase();
    await client.close();
  }
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

it('prices are found out once for all processes', async () => {
  const caches = [priceCache(url), priceCache(url)] as const;
  const asked: string[] = [];
  const find = async (article: string) => asked.push(article);
  expect(await priceOf(caches[0], 'tea', find)).toBe(1);
  expect(await priceOf(caches[1], 'tea', find)).toBe(1);
  expect(asked).toEqual(['tea']);
  const { value } = (await new HybridSyncClient({ url }).get('price:tea')) ?? {};
  expect(JSON.parse(value ?? '')).toMatchObject({ value: 1, expires: expect.any(Number) });
});

it('an agent remembers over MCP what the next one knows', async () => {
  expect(await runAgent(url, remembers('agent:name', 'Ada'))).toBe('noted: Ada');
  const shadow = await system.space.withDatabase((database) =>
    database.collection<{ _id: string }>('kv_shadow').findOne({ _id: 'agent:name' }),
  );
  expect(shadow).toMatchObject({ lastValue: 'Ada' });
  expect(await runAgent(url, remembers('agent:name', 'Grace'))).toBe('known: Ada');
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

it("the README of Keyv's store shows what works", async () => {
  const told = await runReadme('../packages/keyv/README.md', { 'http://127.0.0.1:8080': url });
  expect(told).toBe("{ roles: [ 'admin' ] }\n");
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
