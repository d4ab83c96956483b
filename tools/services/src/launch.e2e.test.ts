import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { identify, isRunning, type ProcessIdentity } from './process/process-identity.js';

/** npm's scripts, on programs of the test's own. */
const LAUNCH = fileURLToPath(new URL('../../launch', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url));
/** Says who it is, and ends in good order. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs';
  process.on('SIGTERM', () => { writeFileSync('ended', 'in good order'); process.exit(0); });
  process.on('SIGINT', () => { writeFileSync('ended', 'in good order'); process.exit(0); });
  setInterval(() => undefined, 1000);
  writeFileSync('pid', String(process.pid));
`;

let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-launch-'));
  const start = `exec node ${LAUNCH}/run.mjs $PPID ${folder}/program.mjs`;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts: { start } }));
  await writeFile(join(folder, 'program.mjs'), PROGRAM);
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGTERM');
  await Promise.all(['pid', 'ended'].map((file) => rm(join(folder, file), { force: true })));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { cwd: folder, stdio: 'ignore', detached: true });
  children.push(child);
  return child;
}

const read = (file: string) => readFile(join(folder, file), 'utf8').catch(() => '');

async function program(): Promise<ProcessIdentity> {
  await expect.poll(() => read('pid'), { timeout: 30_000 }).toMatch(/\d/);
  const identity = await identify(Number(await read('pid')));
  if (identity === undefined) throw new Error('it does not run');
  return identity;
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const)(
  '%s to npm ends the program in good order',
  async (signal) => {
    const npm = start('npm', 'start');
    const running = await program();
    npm.kill(signal);
    await expect.poll(() => isRunning(running)).toBe(false);
    expect(await read('ended')).toBe('in good order');
  },
);

test('who started npm may go: nohup, setsid, a shell that ends', async () => {
  const shell = start('sh', '-c', 'setsid nohup npm start >/dev/null 2>&1 & echo $! > npm-pid');
  await once(shell, 'exit');
  const running = await program();
  // A look at the parent or two later it would have ended.
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await isRunning(running)).toBe(true);
  process.kill(Number(await read('npm-pid')), 'SIGTERM');
  await expect.poll(() => isRunning(running)).toBe(false);
});

test('a script that npm did not start watches nobody', async () => {
  const shell = start('sh', '-c', `node ${LAUNCH}/run.mjs none ${folder}/program.mjs & wait $!`);
  const running = await program();
  process.kill(shell.pid ?? 0, 'SIGKILL');
  await once(shell, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await isRunning(running)).toBe(true);
  process.kill(running.pid, 'SIGTERM');
  await expect.poll(() => isRunning(running)).toBe(false);
});

test('every script that runs a program is that program, and knows npm', async () => {
  const { scripts } = JSON.parse(await readFile(MANIFEST, 'utf8')) as { scripts: Record<string, string> };
  expect(Object.keys(scripts)).toEqual(
    expect.arrayContaining(['start', 'test', 'replay', 'fault-test', 'bench']),
  );
  for (const [name, script] of Object.entries(scripts)) {
    expect(script, name).toMatch(
      /^exec node (--expose-gc )?tools\/launch\/(tool\.mjs \S+|set-version\.mjs|run\.mjs \$PPID (--only=\S+ )?tools\/\S+\/dist\/\S+\.js)/,
    );
  }
});

test.each([
  ['NODE_ENV=production leaves none out', [], ''],
  ['--omit=dev does', ['--omit=dev'], 'dev'],
])('of the build tools %s', async (_, args, omitted) => {
  const env = { NODE_ENV: 'production', npm_config_omit: undefined };
  const cwd = dirname(MANIFEST);
  expect((await execa('npm', ['config', 'get', 'omit', ...args], { cwd, env })).stdout).toBe(omitted);
});

describe('without the build tools', () => {
  let bare: string;
  beforeAll(async () => {
    bare = join(folder, 'bare');
    await mkdir(join(bare, 'tools'), { recursive: true });
    await cp(LAUNCH, join(bare, 'tools/launch'), { recursive: true });
  });
  const run = (...args: string[]) =>
    execa(process.execPath, args, { cwd: bare, all: true, reject: false, stdin: 'ignore' });

  test.each([
    ['a tool', ['tools/launch/tool.mjs', 'turbo', 'run', 'build'], 'turbo is not installed.'],
    [
      'a program that was never built',
      ['tools/launch/run.mjs', 'none', 'dist/main.js'],
      'there is no build that could run.',
    ],
  ])('%s says which line to run', async (_, args, reason) => {
    const { exitCode, all } = await run(...args);
    expect(all).toContain(reason);
    expect(all).toContain('Run "npm ci --include=dev" first.');
    expect(exitCode).toBe(1);
  });

  test('the last build runs as it is, with its arguments', async () => {
    for (const each of ['dist', 'node_modules']) await mkdir(join(bare, each));
    await writeFile(join(bare, 'dist/main.js'), 'console.log(process.argv.slice(2).join())');
    const { exitCode, stdout, stderr } = await run(
      'tools/launch/run.mjs',
      'none',
      'dist/main.js',
      '--a',
      'b',
    );
    expect(stdout).toBe('--a,b');
    expect(stderr).toContain('this is the last build');
    expect(exitCode).toBe(0);
  });
});
