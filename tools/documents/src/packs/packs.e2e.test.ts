import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { browserForTests } from '@hybrid-sync/services/browser';
import { RealApp } from '@hybrid-sync/services/real-app';
import { type TestSpace, testSpace } from '@hybrid-sync/services/test-space';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageServer } from '../testing/page-server.js';

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
/** What is published: the workspaces that are not private. */
const PACKAGES = ['packages', 'apps']
  .flatMap((room) => readdirSync(join(REPOSITORY, room)).map((name) => `${room}/${name}`))
  .filter(
    (path) => JSON.parse(readFileSync(join(REPOSITORY, path, 'package.json'), 'utf8')).private !== true,
  );

/** How long packing and installing may take: a busy machine or a slow registry is no failure. */
const INSTALLED_WITHIN_MS = 300_000;

/** As an application uses them: what it imports is there, and has types of its own that hold without mercy. */
const APPLICATION = `
import { HybridSyncClient, PreconditionFailedError, type Pair } from '@hybrid-sync/client';
import { Pod, ProjectorNode } from '@hybrid-sync/sync-core';
import { HybridSyncError, openHybridSync } from '@hybrid-sync/sync-core/embedded';
import { verify } from '@hybrid-sync/sync-core/reconcile';
import { type ToolResult, toolContract } from '@hybrid-sync/tool-contract';

const client = new HybridSyncClient({ url: 'http://127.0.0.1:1' });
const pair: Promise<Pair | undefined> = client.get('a');
const opening = () => openHybridSync({ redis: '', mongodb: '', settings: { asyncTimeoutMs: 5, mode: 'hybrid' }, roles: ['write'] });
const stats: Promise<ToolResult<'hybrid_sync_stats'>> = client.call('hybrid_sync_stats', {});
void opening;
pair.catch(() => {});
stats.catch(() => {});
console.log([PreconditionFailedError, HybridSyncError, openHybridSync, Pod, ProjectorNode, toolContract, verify].map((each) => typeof each).join());
`;

/** The examples of sync-core's README in a language, in their order. */
function examplesInReadme(language: 'js' | 'ts'): string[] {
  const text = readFileSync(join(REPOSITORY, 'packages/sync-core/README.md'), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

let folder: string;
let packs: Record<string, string[]>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packs-'));
  const { stdout } = await run(
    'npm',
    ['pack', '--json', `--pack-destination=${folder}`, ...PACKAGES.map((path) => `--workspace=${path}`)],
    { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 },
  );
  const packed = Object.values(JSON.parse(stdout)) as { name: string; files: { path: string }[] }[];
  packs = Object.fromEntries(packed.map(({ name, files }) => [name, files.map(({ path }) => path)]));
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'application', type: 'module' }));
  const others = ['@types/node@20', 'fast-check@4'];
  await run(
    'npm',
    [
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...tarballs.map((name) => `./${name}`),
      ...others,
    ],
    { cwd: folder },
  );
}, INSTALLED_WITHIN_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('packs hold no test, no map and nothing of the tests, but licence and changelog', () => {
  expect(Object.keys(packs)).toHaveLength(PACKAGES.length);
  for (const files of Object.values(packs)) {
    expect(files.filter((path) => /\.test\.|\.map$|^src\/|tsconfig/.test(path))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']));
  }
});

it('an application compiles against the packs and runs', async () => {
  await writeFile(join(folder, 'application.ts'), APPLICATION);
  await writeFile(join(folder, 'on-its-tests.ts'), examplesInReadme('ts')[0] ?? '');
  const compilerOptions = {
    ...{ strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2023', types: ['node'] },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const compiled = await run('node', [tsc, '-p', folder]).catch(({ stdout }) => ({ stdout }));
  expect(compiled.stdout).toBe('');
  const { stdout } = await run('node', ['application.js'], { cwd: folder });
  expect(stdout).toBe(`${Array(7).fill('function').join()}\n`);
});

it("the example of /testing finds the promises kept, and a store's fault", async () => {
  const { stdout } = await run('node', ['on-its-tests.js'], { cwd: folder });
  expect(stdout).toBe('the promises hold\nit is found out\n');
});

it('the commands are there and run', async () => {
  const npx = (...words: string[]) => run('npx', ['--offline', ...words], { cwd: folder });
  expect((await npx('hybrid-sync', '--help')).stdout).toContain('hybrid-sync [options]');
  expect((await npx('hybrid-sync', 'mcp', '--help')).stdout).toContain('hybrid-sync mcp');
});

it.each(['hybrid-sync-api', 'hybrid-sync-projector'])(
  '%s starts, and reads its settings',
  async (service) => {
    const env = { ...process.env, REDIS_URL: 'http://no-redis.invalid' };
    const ended = run(join(folder, 'node_modules/.bin', service), [], { cwd: folder, env, timeout: 60_000 });
    const { stdout, stderr } = await ended.catch((failure) => failure);
    expect(`${stdout}${stderr}`).toContain('REDIS_URL');
  },
);

describe('what is installed works', () => {
  let space: TestSpace;
  beforeAll(() => {
    space = testSpace();
  });
  afterAll(() => space.clear());

  it('inside an application', async () => {
    const code = (examplesInReadme('js')[0] ?? '')
      .replace("'redis://127.0.0.1:6379'", 'process.env.REDIS_URL')
      .replace("'mongodb://127.0.0.1:27017/hybrid_sync'", 'process.env.MONGODB_URL')
      .replace("'shop'", 'process.env.HYBRID_SYNC_NAMESPACE');
    await writeFile(join(folder, 'embedded.js'), code);
    const { stdout } = await run('node', ['embedded.js'], {
      cwd: folder,
      env: { ...process.env, ...space.env },
    });
    expect(stdout).toMatch(
      /^\d{16} (ASYNC_THREAD|EVENT_BASED) \{[^}]*value: '\{"name":"Ada"\}'[^}]*\}\n0\n$/,
    );
  });

  describe('as an api', () => {
    let pages: Awaited<ReturnType<typeof pageServer>>;
    let api: RealApp;
    beforeAll(async () => {
      pages = await pageServer(join(folder, 'node_modules'));
      const script = join(folder, 'node_modules/@hybrid-sync/api/bin/hybrid-sync-api.js');
      const env = { ...space.env, ALLOWED_ORIGINS: `http://app.localhost:${pages.port}` };
      api = await RealApp.launch('api', env, { script });
      await api.ready();
    });
    afterAll(async () => {
      await api.end();
      await pages.stop();
    });

    it('that an MCP client reaches by the command', async () => {
      const client = new Client({ name: 'test', version: '1' });
      try {
        const args = ['--offline', 'hybrid-sync', 'mcp', '--url', api.url];
        await client.connect(new StdioClientTransport({ command: 'npx', args, cwd: folder }));
        const set = await client.callTool({ name: 'kv_set', arguments: { key: 'k', value: 'packed' } });
        expect(set.structuredContent).toMatchObject({ success: true });
        const got = await client.callTool({ name: 'kv_get', arguments: { key: 'k' } });
        expect(got.structuredContent).toMatchObject({ found: true, value: 'packed' });
      } finally {
        await client.close();
      }
    });

    it('that the client in a page of an allowed origin calls, and in no other page', async ({ skip }) => {
      const browser = await browserForTests();
      if (browser === undefined) return skip('no Chromium');
      const called = async (origin: string) => {
        const page = await browser.newPage();
        await page.goto(origin);
        return page.evaluate(callsOfAPage(api.url));
      };
      try {
        expect(await called(`http://app.localhost:${pages.port}`)).toEqual({
          method: expect.any(String),
          value: 'of a page',
          keys: ['page/ü?'],
          second: 'PreconditionFailedError',
          existed: true,
        });
        expect(await called(`http://other.localhost:${pages.port}`)).toEqual({ refused: 'UnreachableError' });
      } finally {
        await browser.close();
      }
    });
  });
});

/** What an application in a browser does with the client; runs in the page. */
function callsOfAPage(api: string): string {
  return `(async () => {
    const { HybridSyncClient } = await import('@hybrid-sync/client');
    const client = new HybridSyncClient({ url: '${api}', batchWrites: true, retries: 0 });
    const key = 'page/ü?';
    try {
      const [{ version, method }] = await Promise.all([client.set(key, 'first'), client.set('page 2', 'v')]);
      await client.set(key, 'of a page', { ifVersion: version });
      const second = await client.set(key, 'again', { ifVersion: version }).catch((error) => error.name);
      const { value } = await client.get(key);
      const keys = [];
      for await (const found of client.scan('page/')) keys.push(found);
      const { existed } = await client.delete(key);
      return { method, value, keys, second, existed };
    } catch (error) {
      return { refused: error.name };
    }
  })()`;
}
