import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServiceStartError } from '../errors.js';
import { childrenOf, identify, isRunning, recordIdentity, recordMark } from './process-identity.js';
import { ServiceProcess, type ServiceProgram } from './service-process.js';

/** Small programs stand in for services. */
const OBEDIENT = `
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => undefined);
  setInterval(() => {}, 1000);
  console.log('listening');
  process.send?.('ready');
`;
const STUBBORN = OBEDIENT.replace('process.exit(0)', 'undefined');
const BROKEN = `console.error('no such table'); process.exit(3);`;

let folder: string;
const started: ServiceProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-process-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((process) => process.stop()));
  await rm(folder, { recursive: true });
});

async function programOf(script: string): Promise<ServiceProgram> {
  const file = join(folder, 'stand-in.mjs');
  await writeFile(file, script);
  return {
    name: 'stand-in',
    port: 1,
    command: process.execPath,
    args: [file],
    logFile: join(folder, 'logs', 'stand-in.log'),
    recordFile: join(folder, 'record.json'),
    commandMark: file,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 300,
    readyTimeoutMs: 10_000,
  };
}

async function service(script: string, changes: Partial<ServiceProgram> = {}): Promise<ServiceProcess> {
  const process = new ServiceProcess({ ...(await programOf(script)), ...changes });
  started.push(process);
  return process;
}

async function identityOf(process: ServiceProcess) {
  const identity = await identify(process.pid ?? 0);
  if (identity === undefined) throw new Error('it does not run');
  return identity;
}

describe('a service process', () => {
  test('starts, logs, stops, and may do each twice', async () => {
    const process = await service(OBEDIENT);
    await process.start();
    const identity = await identityOf(process);
    await process.start();
    expect(process.pid).toBe(identity.pid);
    expect(await readFile(process.logFile, 'utf8')).toContain('listening');
    await process.stop();
    await process.stop();
    expect(await isRunning(identity)).toBe(false);
    await process.start();
    expect(await identityOf(process)).not.toEqual(identity);
  });

  test('is killed when it does not end by itself', async () => {
    const process = await service(STUBBORN);
    await process.start();
    const identity = await identityOf(process);
    await process.stop();
    expect(await isRunning(identity)).toBe(false);
  });

  test('that ends while starting says so, with the end of its log', async () => {
    const process = await service(BROKEN);
    const start = process.start();
    await expect(start).rejects.toThrow(ServiceStartError);
    await expect(start).rejects.toThrow(/ended while starting.*\nno such table/);
  });

  test('that does not become ready is ended', async () => {
    const process = await service(OBEDIENT, { isReady: async () => false, readyTimeoutMs: 300 });
    await expect(process.start()).rejects.toThrow(/was not ready after 0.3 s/);
    expect(process.pid).toBeUndefined();
  });

  test('keeps its files to itself, and leaves the mask of this process alone', async () => {
    const file = join(folder, 'written');
    const before = process.umask();
    const writing = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(file)}, '');`;
    const writer = await service(writing + OBEDIENT);
    await writer.start();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(before);
  });

  test('whose program is not there says so', async () => {
    const process = await service(OBEDIENT, { command: join(folder, 'nothing'), endsWithParent: true });
    await expect(process.start()).rejects.toThrow(/ended while starting.*\n.*not found/);
  });

  test('can be given up while it starts', async () => {
    const process = await service(OBEDIENT, { isReady: async () => false });
    const givenUp = new AbortController();
    const start = process.start(givenUp.signal);
    givenUp.abort(new Error('enough'));
    await expect(start).rejects.toThrow('enough');
    expect(process.pid).toBeUndefined();
  });

  test('can be stopped while it starts', async () => {
    const process = await service(OBEDIENT, { isReady: async () => false });
    const start = process.start();
    const outcome = expect(start).rejects.toThrow(/stopped while it started/);
    await process.stop();
    await outcome;
    expect(process.pid).toBeUndefined();
  });

  test('that crashes is reported, one that is stopped or was to be killed is not', async () => {
    const process = await service(OBEDIENT);
    const messages: string[] = [];
    process.onUnexpectedExit = (message) => messages.push(message);
    await process.start();
    await process.stop();
    expect(messages).toEqual([]);
    await process.start();
    await process.kill();
    expect([process.pid, ...messages]).toEqual([undefined]);
    await process.start();
    await process.signal('SIGKILL');
    expect(messages).toEqual(['stand-in ended unexpectedly (SIGKILL)']);
    await process.start();
    expect(process.pid).toBeDefined();
  });
});

describe('what an earlier run left behind', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  async function leftover(script: string) {
    const { recordFile, args } = await programOf(script);
    const child = spawn(process.execPath, [...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, ...(await recordMark(recordFile)) },
    });
    children.push(child);
    await once(child, 'message');
    await recordIdentity(recordFile, child.pid ?? 0);
    return child;
  }

  test('is stopped before a new start', async () => {
    const child = await leftover(OBEDIENT);
    const exited = once(child, 'exit');
    const process = await service(OBEDIENT);
    await process.start();
    await exited;
    expect(process.pid).not.toBe(child.pid);
  });

  test('is left alone by a copy of its folder, and by the folder it was copied over', async () => {
    const child = await leftover(OBEDIENT);
    const copy = join(folder, 'copy');
    await mkdir(copy);
    await cp(join(folder, 'record.json'), join(copy, 'record.json'));
    await (await service(OBEDIENT, { recordFile: join(copy, 'record.json') })).start();
    expect(child.exitCode).toBeNull();
    // As it is after `mv data old; cp -a old data`: the same path, another folder.
    const [moved, now] = [join(folder, 'moved'), join(folder, 'now')];
    await mkdir(now);
    const record = join(now, 'record.json');
    await recordIdentity(record, child.pid ?? 0);
    await rename(now, moved);
    await cp(moved, now, { recursive: true });
    await (await service(OBEDIENT, { recordFile: record })).start();
    expect(child.exitCode).toBeNull();
  });

  test('is left alone when it does not say itself that it was started for this record', async () => {
    const { recordFile, args } = await programOf(OBEDIENT);
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    children.push(child);
    await once(child, 'message');
    await recordIdentity(recordFile, child.pid ?? 0);
    await (await service(OBEDIENT)).start();
    expect(child.exitCode).toBeNull();
  });

  test('is left alone when it is another program by now', async () => {
    const child = await leftover(OBEDIENT);
    const process = await service(OBEDIENT, { commandMark: 'another program' });
    await process.start();
    expect(child.exitCode).toBeNull();
  });

  test('is left alone when the pid was given to another process', async () => {
    const child = await leftover(OBEDIENT);
    const record = JSON.parse(await readFile(join(folder, 'record.json'), 'utf8'));
    await writeFile(join(folder, 'record.json'), JSON.stringify({ ...record, startedAt: '1' }));
    const process = await service(OBEDIENT);
    await process.start();
    expect(child.exitCode).toBeNull();
  });

  test('and a record that is no record, are no obstacle', async () => {
    const process = await service(OBEDIENT);
    await writeFile(join(folder, 'record.json'), '{"pid":');
    await process.start();
    expect(process.pid).toBeDefined();
  });
});

test('the children of a process are found', async () => {
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  await once(child, 'spawn');
  expect(await childrenOf(process.pid)).toContain(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
});
