import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appProcess, type ServiceProcess } from '@hybrid-sync/services';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';

const API = fileURLToPath(import.meta.resolve('@hybrid-sync/api/dist/main.js'));
const BRIDGE = new URL('../dist/mcp-bridge.js', import.meta.url).href;
const { TEST_REDIS_URL = '', TEST_MONGODB_URL = '' } = process.env;
const namespace = `c${randomUUID().slice(0, 8)}`;
const mongodbUrl = Object.assign(new URL(TEST_MONGODB_URL), { pathname: `/${namespace}` }).href;

let folder: string;
let api: ServiceProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-bridge-'));
  const { PATH } = process.env;
  api = appProcess({
    name: 'api',
    main: API,
    port: await getPort({ host: '127.0.0.1' }),
    dataDir: folder,
    env: { PATH, REDIS_URL: TEST_REDIS_URL, MONGODB_URL: mongodbUrl, HYBRID_SYNC_NAMESPACE: namespace },
  });
  await api.start();
});
afterAll(async () => {
  await api.stop();
  const redis = new Redis(TEST_REDIS_URL);
  for (const key of await redis.keys(`${namespace}:*`)) await redis.del(key);
  redis.disconnect();
  const client = new MongoClient(mongodbUrl);
  await client.db().dropDatabase();
  await client.close();
  await rm(folder, { recursive: true });
});

it('serves the official client over stdio, with nothing but protocol on the output', async () => {
  const script = `
    import { bridgeMcp } from ${JSON.stringify(BRIDGE)};
    const { stdin: input, stdout: output } = process;
    await bridgeMcp({ apiUrl: process.argv[1], input, output, log: console.error });
  `;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['--input-type=module', '--eval', script, `http://127.0.0.1:${api.port}`],
    stderr: 'pipe',
  });
  let logged = '';
  transport.stderr?.on('data', (chunk) => {
    logged += String(chunk);
  });
  const client = new Client({ name: 'test', version: '1' });
  const faults: Error[] = [];
  client.onerror = (error) => faults.push(error);
  await client.connect(transport);
  try {
    expect(client.getServerVersion()).toMatchObject({ name: 'hybrid-sync' });
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('kv_set');
    const value = 'text \u{1F511}\u0000\n';
    const set = await client.callTool({ name: 'kv_set', arguments: { key: 'k', value } });
    expect(set.structuredContent).toMatchObject({ success: true, key: 'k' });
    const got = await client.callTool({ name: 'kv_get', arguments: { key: 'k' } });
    expect(got.structuredContent).toMatchObject({ found: true, value });
    const { contents } = await client.readResource({ uri: 'hybrid-sync://stats' });
    expect(contents).toHaveLength(1);
    await expect(client.callTool({ name: 'kv_drop' })).rejects.toMatchObject({ code: -32602 });
  } finally {
    await client.close();
  }
  expect(faults).toEqual([]);
  expect(logged).toBe('');
});
