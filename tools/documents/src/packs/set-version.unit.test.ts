import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const SCRIPT = 'tools/launch/set-version.mjs';
const manifests = execFileSync('git', ['ls-files', 'package.json', '*/package.json'], {
  cwd: REPOSITORY,
  encoding: 'utf8',
})
  .trim()
  .split('\n');

const folder = mkdtempSync(join(tmpdir(), 'set-version-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const file of [...manifests, SCRIPT]) cpSync(join(REPOSITORY, file), join(folder, file));
const setVersion = (...words: string[]) =>
  execFileSync('node', [join(folder, SCRIPT), ...words], { encoding: 'utf8' });
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));

it('a dry run names every workspace, and changes none', () => {
  const moved = setVersion('7.8.9', '--dry-run').trim().split('\n');
  expect(moved.map((line) => line.split(' ')[0]).sort()).toEqual(manifests.toSorted());
  expect(read('package.json').version).not.toBe('7.8.9');
});

it('all workspaces move to one version, and what they ask of each other with them', () => {
  setVersion('7.8.9');
  const moved = manifests.map(read);
  expect(new Set(moved.map(({ version }) => version))).toEqual(new Set(['7.8.9']));
  const asked = moved.flatMap(({ dependencies, devDependencies, peerDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies }),
  );
  const own = asked.filter(([name]) => name.startsWith('@hybrid-sync/'));
  expect(own.length).toBeGreaterThan(20);
  expect(own.filter(([, version]) => version !== '7.8.9')).toEqual([]);
});

it('refuses what is no version', () => {
  expect(() => setVersion('next')).toThrow('Command failed');
});
