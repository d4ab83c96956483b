import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Progress, SILENT } from '../progress.js';
import { type RunningSystem, startSystem } from './start-system.js';
import { summaryOf } from './summary.js';

/** Stand-ins for the two apps. They print what they were given, and are ready at once unless made otherwise. */
const READY = `
  import { createServer } from 'node:http';
  console.log(JSON.stringify({ redis: process.env.REDIS_URL, mongodb: process.env.MONGODB_URL, extra: process.env.EXTRA,
    file: process.env.REDIS_URL_FILE }));
  const server = createServer((_, response) => response.end('{}'));
  server.listen(Number(process.env.PORT), process.env.HOST);
  process.on('SIGTERM', () => { console.log('stopped'); process.exit(0); });
`;
const FAILING = `console.error('bad setting: x'); process.exit(1);`;

let folder: string;
let ports: { PORT: string; PROJECTOR_PORT: string };
let running: RunningSystem | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-system-'));
  ports = { PORT: String(await getPort()), PROJECTOR_PORT: String(await getPort()) };
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await rm(folder, { recursive: true });
});

async function start(
  api: string,
  projector: string,
  env: NodeJS.ProcessEnv = {},
  progress: Progress = SILENT,
): Promise<RunningSystem> {
  const apps = { api: join(folder, 'api.mjs'), projector: join(folder, 'projector.mjs') };
  await Promise.all([writeFile(apps.api, api), writeFile(apps.projector, projector)]);
  const given = { REDIS_URL: process.env.TEST_REDIS_URL, MONGODB_URL: process.env.TEST_MONGODB_URL };
  const system = await startSystem({
    dataDir: join(folder, 'data'),
    apps,
    env: { PATH: process.env.PATH, ...given, ...ports, ...env },
    progress,
  });
  running = system;
  return system;
}

test('both apps get the services and the environment, and are ready when the start is done', async () => {
  const system = await start(READY, READY, { EXTRA: 'passed on' });
  expect((await fetch(`http://127.0.0.1:${ports.PORT}/readyz`)).status).toBe(200);
  const log = await readFile(system.api.logFile, 'utf8');
  expect(JSON.parse(log.split('\n')[0] ?? '')).toEqual({
    redis: process.env.TEST_REDIS_URL,
    mongodb: process.env.TEST_MONGODB_URL,
    extra: 'passed on',
  });
  const summary = summaryOf(system);
  expect(summary).toContain(`http://127.0.0.1:${ports.PORT}/mcp`);
  expect(summary).toContain(`redis://127.0.0.1:${system.redisPort}\n`);
  expect(summary).toContain('REDIS_URL, neither started nor stopped here');
  await system.stop();
  expect(await readFile(system.projector.logFile, 'utf8')).toContain('stopped');
});

test('services in files are used, and the apps are told of them once', async () => {
  const files = { REDIS_URL: join(folder, 'redis'), MONGODB_URL: join(folder, 'mongodb') };
  await writeFile(files.REDIS_URL, `${process.env.TEST_REDIS_URL}\n`);
  await writeFile(files.MONGODB_URL, `${process.env.TEST_MONGODB_URL}\n`);
  const system = await start(READY, READY, {
    REDIS_URL: undefined,
    MONGODB_URL: undefined,
    REDIS_URL_FILE: files.REDIS_URL,
    MONGODB_URL_FILE: files.MONGODB_URL,
    EXTRA: 'passed on',
  });
  expect(system.services.redis.origin).toBe('given');
  expect(system.services.mongodb.origin).toBe('given');
  const [first = ''] = (await readFile(system.api.logFile, 'utf8')).split('\n');
  expect(JSON.parse(first)).toEqual({
    redis: process.env.TEST_REDIS_URL,
    mongodb: process.env.TEST_MONGODB_URL,
    extra: 'passed on',
  });
});

test.each([
  [
    'a file beside the variable itself',
    { REDIS_URL_FILE: '/dev/null' },
    'REDIS_URL_FILE: give it or REDIS_URL, not both',
  ],
  ['a file that is empty', { QUEUE_REDIS_URL_FILE: '/dev/null' }, 'QUEUE_REDIS_URL_FILE: its file is empty'],
  ['no file', { QUEUE_REDIS_URL_FILE: '/secret' }, "QUEUE_REDIS_URL_FILE: its file can't be read (ENOENT)"],
])('%s is refused by the name of the variable', async (_, env, message) => {
  await expect(start(READY, READY, env)).rejects.toThrow(message);
});

test('an app that fails at the start: the end of its log is told, and the other one is stopped', async () => {
  await expect(start(READY, FAILING)).rejects.toThrow(/projector ended while starting(.|\n)*bad setting: x/);
  await expect(fetch(`http://127.0.0.1:${ports.PORT}/readyz`)).rejects.toThrow();
});

test('an app that dies later is told with the end of its log', async () => {
  const system = await start(READY, READY);
  await system.api.signal('SIGKILL');
  expect(await system.failure).toMatch(/api ended unexpectedly \(SIGKILL\)(.|\n)*api\.log/);
});

test('a port that is taken: the message says how to choose another', async () => {
  const squatter = createServer().listen(Number(ports.PORT), '127.0.0.1');
  await once(squatter, 'listening');
  await expect(start(READY, READY)).rejects.toThrow(
    `Port ${ports.PORT} is taken by another process. Choose another: PORT=`,
  );
  squatter.close();
  await once(squatter, 'close');
});

test("the default port of Redis' protocol is taken by another system that starts: this one takes another", async () => {
  const other = createServer();
  // Another test's system may have it already: it is taken in any case.
  other.on('error', () => undefined);
  const begin = (name: string) => {
    if (name === 'MongoDB') other.listen(6380, '127.0.0.1');
    return SILENT.begin(name);
  };
  const system = await start(READY, READY, {}, { begin });
  expect(system.redisPort).not.toBe(6380);
  other.close();
});

test('a port that is none', async () => {
  await expect(start(READY, READY, { PROJECTOR_PORT: 'eighty' })).rejects.toThrow(/PROJECTOR_PORT=eighty/);
});
