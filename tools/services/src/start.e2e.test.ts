import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isRunning, type ProcessIdentity } from './process/process-identity.js';

/** `npm start` as it is, with the real api and projector, but in a folder and on ports of its own. */
const START = fileURLToPath(new URL('../dist/start.js', import.meta.url));

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

let folder: string;
let ports: { PORT: string; PROJECTOR_PORT: string };
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-start-'));
  ports = { PORT: String(await getPort()), PROJECTOR_PORT: String(await getPort()) };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the output holds a text. */
  says(text: string): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

function npmStart(...args: string[]): Run {
  return run(process.execPath, [START, ...args]);
}

function run(command: string, args: string[]): Run {
  const { REDIS_URL: _, MONGODB_URL: __, ...inherited } = process.env;
  const child = spawn(command, args, {
    cwd: REPOSITORY,
    env: { ...inherited, ...ports, HYBRID_SYNC_DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
  }
  return {
    child,
    output: () => printed,
    says: (text) => expect.poll(() => printed, { timeout: 60_000 }).toContain(text),
    exitCode: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Which processes the folder's records name. */
async function recorded(): Promise<ProcessIdentity[]> {
  const files = (await readdir(folder, { recursive: true })).filter(
    (name) => name.endsWith('.json') && !name.includes('root'),
  );
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))));
}

async function recordOf(name: string): Promise<ProcessIdentity> {
  return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
}

test('starts the system, tells where everything is, and stops it on Ctrl-C, pressed twice', async () => {
  const run = npmStart();
  await run.says('Press Ctrl-C to stop.');
  expect(run.output()).toContain(`http://127.0.0.1:${ports.PORT}/mcp`);
  expect(run.output()).toMatch(/redis:\/\/\*\*\*@127\.0\.0\.1:.*mongodb:\/\/(\*\*\*@)?127\.0\.0\.1:/s);
  const addresses = join(folder, 'services.json');
  expect((await stat(addresses)).mode & 0o077).toBe(0);
  const { redisUrl, mongodbUrl } = JSON.parse(await readFile(addresses, 'utf8'));
  const secrets = [redisUrl, mongodbUrl].map((url) => new URL(url).password).filter(Boolean);
  expect(secrets).not.toEqual([]);
  for (const secret of secrets) expect(run.output()).not.toContain(secret);
  for (const log of await readdir(join(folder, 'logs'))) {
    const text = await readFile(join(folder, 'logs', log), 'utf8');
    for (const secret of secrets) expect(text, log).not.toContain(secret);
  }
  expect((await fetch(`http://127.0.0.1:${ports.PORT}/readyz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${ports.PROJECTOR_PORT}/metrics`)).status).toBe(200);
  const [redisDoor = ''] = /redis:\/\/127\.0\.0\.1:\d+/.exec(run.output()) ?? [];
  const client = new Redis(redisDoor);
  expect(await client.set('greeting', 'hello')).toBe('OK');
  client.disconnect();

  const second = npmStart();
  expect(await second.exitCode).toBe(1);
  expect(second.output()).toContain(`${folder} is in use by process ${run.child.pid}`);

  const processes = await recorded();
  expect(processes.length).toBeGreaterThanOrEqual(5);
  run.child.kill('SIGINT');
  await run.says('Stopping.');
  run.child.kill('SIGINT');
  expect(await run.exitCode).toBe(0);
  expect(await Promise.all(processes.map(isRunning))).toEqual(processes.map(() => false));
  expect(await recorded()).toEqual([]);
});

test('refuses arguments, and says how it is told things', async () => {
  const run = npmStart('--port', '9000');
  expect(await run.exitCode).toBe(2);
  expect(run.output()).toMatch(/takes no arguments.*--port 9000.*Usage: npm start.*PORT/s);
  expect(await recorded()).toEqual([]);
});

test('stops everything and says why when the api dies', async () => {
  const run = npmStart();
  await run.says('Press Ctrl-C to stop.');
  const processes = (await recorded()).filter(({ pid }) => pid !== run.child.pid);
  process.kill((await recordOf('api')).pid, 'SIGKILL');
  expect(await run.exitCode).toBe(1);
  expect(run.output()).toContain('api ended unexpectedly (SIGKILL)');
  expect(run.output()).toContain('api.log');
  expect(await Promise.all(processes.map(isRunning))).toEqual(processes.map(() => false));
});

test.each(['SIGTERM', 'SIGKILL'] as const)('stops everything when npm gets %s', async (signal) => {
  const npm = run('npm', ['start']);
  await npm.says('Press Ctrl-C to stop.');
  const processes = await recorded();
  npm.child.kill(signal);
  await npm.says('Stopped.');
  await expect.poll(() => Promise.all(processes.map(isRunning))).toEqual(processes.map(() => false));
});

test('takes the services with it when it is killed, and starts again', async () => {
  const run = npmStart();
  await run.says('Press Ctrl-C to stop.');
  const processes = await recorded();
  run.child.kill('SIGKILL');
  await run.exitCode;
  await expect
    .poll(async () => (await Promise.all(processes.map(isRunning))).some(Boolean), { timeout: 40_000 })
    .toBe(false);

  const again = npmStart();
  await again.says('Press Ctrl-C to stop.');
  again.child.kill('SIGTERM');
  expect(await again.exitCode).toBe(0);
});

test('stops at once when it is interrupted while it starts', async () => {
  const run = npmStart();
  // Told wherever both come from; the api is still to be started then.
  await run.says('Redis: ');
  run.child.kill('SIGTERM');
  expect(await run.exitCode).toBe(0);
  expect(run.output()).toContain('Stopped before it was ready.');
  expect(await recorded()).toEqual([]);
});
