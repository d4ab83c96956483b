import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '@hybrid-sync/access-tokens';
import { FakeApi } from '@hybrid-sync/services/fake-api';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { toolContract } from '@hybrid-sync/tool-contract';
import { execa } from 'execa';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './testing/run-cli.js';

const BIN = new URL('../bin/hybrid-sync.js', import.meta.url).pathname;
const ROOT = new URL('../../../', import.meta.url).pathname;

const admin = createToken({ name: 'admin', role: 'admin' });
const reader = createToken({ name: 'reader', role: 'read' });
const expired = createToken({ name: 'expired', role: 'admin', expiresAt: 0 });

let system: RealSystem;
let api: RealApp;
let folder: string;
beforeAll(async () => {
  system = new RealSystem({ API_TOKENS: [admin, reader, expired].map(({ entry }) => entry).join(' ') });
  api = await system.start('api');
  folder = await mkdtemp(join(tmpdir(), 'cli-process-'));
  await writeFile(join(folder, 'token'), `${admin.token}\n`);
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

const env = () => ({ HYBRID_SYNC_URL: api.url, HYBRID_SYNC_TOKEN: admin.token });
const start = (words: string[], extraEnv: Record<string, string> = {}) =>
  execa(process.execPath, [BIN, ...words], { env: { ...env(), ...extraEnv }, reject: false });

it('npx finds the command in a clone, wherever in it', async () => {
  for (const cwd of [ROOT, join(ROOT, 'docs')]) {
    const { stdout, exitCode } = await execa('npx', ['--no-install', 'hybrid-sync', '--version'], { cwd });
    expect([stdout, exitCode]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/), 0]);
  }
});

it('a command that needs no client of Redis loads none', async () => {
  const run = `
    import { Session } from 'node:inspector';
    const session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => {
      const query = { scriptId: params.scriptId, query: ['node_modules', 'ioredis'].join('/') };
      session.post('Debugger.searchInContent', query, (_, { result }) => {
        if (result.length > 0) process.exitCode = 99;
      });
    });
    process.on('exit', () => session.post('Debugger.enable'));
    await import(${JSON.stringify(BIN)});`;
  const words = (...given: string[]) => ['--input-type=module', '--eval', run, BIN, ...given];
  const codeOf = async (...given: string[]) =>
    (await execa(process.execPath, words(...given), { env: env(), reject: false })).exitCode;
  expect(await codeOf('get', 'key=none')).toBe(1);
  expect(await codeOf('load', '--rdb', 'none.rdb')).toBe(99);
});

describe('help', () => {
  it('names every tool, every exit code and where the token comes from', async () => {
    const { stdout, exitCode } = await start(['--help']);
    expect(exitCode).toBe(0);
    const below = (await start(['settings', '--help'])).stdout;
    for (const [name, { title }] of Object.entries(toolContract())) {
      expect(name.startsWith('hybrid_sync_settings') ? below : stdout).toContain(title);
    }
    expect(stdout).not.toContain('hybrid_sync_settings');
    expect(stdout.match(/^ {2}\d+(?:, \d+)+ .*|^ {2}\d {2}/gm)).toHaveLength(6);
    expect(stdout).toMatch(/never given on the command line.*--token-file.*HYBRID_SYNC_TOKEN/s);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('without a command goes to standard error, and is bad usage', async () => {
    const { stdout, stderr, exitCode } = await start([]);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toContain('Usage: hybrid-sync');
  });
});

describe('a process', () => {
  it("runs the guide's own command line", async () => {
    const { stdout, exitCode } = await start(['manual', 'key=test', 'value=data', 'ttlSec=300']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/│ success +│ yes .*│ method +│ ASYNC_THREAD .*│ key +│ test /s);
    expect(stdout).not.toContain('\x1b');
    expect(JSON.parse((await start(['get', 'key=test', '--json'])).stdout)).toMatchObject({ value: 'data' });
  });

  it.each<[what: string, words: string[], extraEnv: Record<string, string>, code: number]>([
    ['0 for what is done', ['set', 'key=a', 'value=b'], {}, 0],
    ['1 for a key that is not there', ['get', 'key=none'], {}, 1],
    ['2 for bad input', ['get', 'key='], {}, 2],
    ['3 for no api', ['get', 'key=a'], { HYBRID_SYNC_URL: 'NOWHERE' }, 3],
    ['4 without a token', ['get', 'key=a'], { HYBRID_SYNC_TOKEN: '' }, 4],
  ])('ends with %s', async (_, words, extraEnv, code) => {
    const nowhere = `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
    const { exitCode, stderr } = await start(words, {
      ...extraEnv,
      ...(extraEnv.HYBRID_SYNC_URL === undefined ? {} : { HYBRID_SYNC_URL: nowhere }),
    });
    expect([exitCode, stderr === '']).toEqual([code, code < 2]);
    expect(stderr).not.toContain('hs_');
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s in the middle of a call', async (signal, code) => {
    const silent = await FakeApi.start(() => undefined);
    try {
      const running = start(['set', 'key=a', 'value=b'], { HYBRID_SYNC_URL: silent.url });
      await expect.poll(() => silent.received.length, { timeout: 10_000 }).toBe(1);
      running.kill(signal);
      expect(await running).toMatchObject({ exitCode: code, stdout: '', stderr: '' });
    } finally {
      await silent.stop();
    }
  });

  it('ends on a signal while it reads its input', async () => {
    const words = ['set', 'key=a', 'value=@-'];
    const running = execa(process.execPath, [BIN, ...words], { env: env(), stdin: 'pipe', reject: false });
    // More than a pipe holds: when it has drained, the process reads.
    running.stdin.write('x'.repeat(1_000_000));
    await once(running.stdin, 'drain');
    running.kill('SIGINT');
    expect(await running).toMatchObject({ exitCode: 130, stderr: '' });
  });

  it.each(['stats --watch --interval 0.1', '--help', 'get key=none'])(
    'ends quietly when nobody reads its output any more: %s',
    async (words) => {
      const running = execa(process.execPath, [BIN, ...words.split(' ')], {
        env: env(),
        reject: false,
        buffer: false,
      });
      running.stdout.destroy();
      let said = '';
      running.stderr.on('data', (part) => {
        said += String(part);
      });
      const [code] = await once(running, 'exit');
      expect(said).toBe('');
      expect([0, 1]).toContain(code);
    },
  );
});

describe('a command line', () => {
  it.each<[what: string, words: string[], token: string, code: number]>([
    ['0 with the token of a file', ['set', 'key=a', 'value=b', '--token-file', 'FILE'], '', 0],
    ['1 for a condition that does not hold', ['del', 'key=none', 'ifVersion=1'], admin.token, 1],
    ['1 for what the shadow does not have yet', ['wait', 'key=none', 'version=1'], admin.token, 1],
    ['4 with an unknown token', ['get', 'key=a'], 'hs_unknown', 4],
    ['4 with an expired token', ['get', 'key=a'], expired.token, 4],
    ['4 for a role that may not', ['set', 'key=a', 'value=b'], reader.token, 4],
  ])('ends with %s', async (_, words, token, expected) => {
    const { code, stderr } = await runCli(
      words.map((word) => word.replace('FILE', join(folder, 'token'))),
      { env: { HYBRID_SYNC_URL: api.url, HYBRID_SYNC_TOKEN: token } },
    );
    expect([code, stderr === '']).toEqual([expected, expected < 2 && !words.includes('del')]);
    expect(stderr).not.toContain('hs_');
  });
});

describe('token create', () => {
  it('makes a token that an api knows by its line', async () => {
    const made = await start(['token', 'create', '--name', 'ops', '--role', 'write', '--json']);
    const { token, entry } = JSON.parse(made.stdout);
    const other = await system.start('api', { API_TOKENS: entry });
    const extraEnv = { HYBRID_SYNC_URL: other.url, HYBRID_SYNC_TOKEN: token };
    expect((await start(['set', 'key=a', 'value=b'], extraEnv)).exitCode).toBe(0);
    expect((await start(['discard', 'all=true'], extraEnv)).exitCode).toBe(4);
  });
});
