import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cacheFolder } from './process/places.js';

const TEST_NODE = fileURLToPath(new URL('../dist/test-node.js', import.meta.url));
const run = (...args: string[]) =>
  execa(process.execPath, [TEST_NODE, ...args], { reject: false, all: true });

test.each([[[]], [['latest']], [['26', '--project=unit']]])('%j is no list of versions', async (args) => {
  expect(await run(...args)).toMatchObject({
    exitCode: 2,
    all: expect.stringContaining('Usage: npm run test:node'),
  });
});

test('a version that there is not: a failure that names it, and leaves nothing in the cache', async () => {
  const { exitCode, all } = await run('999');
  expect((await readdir(cacheFolder())).filter((name) => name.endsWith('-999'))).toEqual([]);
  expect(all).toMatch(/Node 999 could not be had from npm.*test:node: failed on 999/s);
  expect(exitCode).toBe(1);
});
