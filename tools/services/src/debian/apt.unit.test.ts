import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findExecutable } from '../process/places.js';
import { aptDownload, aptInstall, hostMirror } from './apt.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-apt-'));
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Puts a program of this shell text in apt-get's place. */
async function aptIs(text: string): Promise<void> {
  const program = join(folder, 'apt-get');
  await writeFile(program, `#!/bin/sh\ncd '${folder}'\n${text}\n`);
  await chmod(program, 0o755);
}

const log = async () => (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');

it('runs one apt-get at a time: two shut each other out of the package lists', async () => {
  await aptIs('mkdir busy || exit 100; echo "begin $*" >>log; sleep 0.05; rmdir busy; echo end >>log; true');
  await Promise.all([aptInstall(['one']), aptInstall(['two'])]);
  expect(
    (await log()).filter((line) => line.startsWith('begin')).map((line) => line.split(' ').at(-1)),
  ).toEqual(['-q', 'one', '-q', 'two']);
});

it('waits for the package lists while an apt of someone else holds them', async () => {
  await aptIs(
    'echo x >>log; [ "$(wc -l <log)" -gt 2 ] || { echo "E: Could not get lock /var/lib/apt/lists/lock." >&2; exit 100; }',
  );
  await aptInstall(['one']);
  expect(await log()).toHaveLength(4);
});

it('does not repeat what failed for another reason, and has its words', async () => {
  await aptIs('echo x >>log; echo "E: Unable to locate package one" >&2; exit 100');
  await expect(aptInstall(['one'])).rejects.toMatchObject({ stderr: 'E: Unable to locate package one' });
  expect(await log()).toHaveLength(1);
});

it('gives up at once when it is told to', async () => {
  await aptIs('echo "E: Could not get lock /var/lib/apt/lists/lock." >&2; exit 100');
  await expect(aptInstall(['one'], AbortSignal.timeout(50))).rejects.toThrow();
});

it('downloads into the folder that is named, and installs nothing', async () => {
  const target = await mkdtemp(join(tmpdir(), 'hybrid-sync-apt-'));
  try {
    const program = join(folder, 'apt-get');
    await writeFile(program, `#!/bin/sh\necho "$PWD $*" >>'${folder}/log'\n`);
    await chmod(program, 0o755);
    await aptDownload({ name: 'one' }, target);
    const [update, download, ...others] = await log();
    expect(update).toMatch(/ update -q$/);
    expect(download).toBe(`${await realpath(target)} -o DPkg::Lock::Timeout=120 download -q one`);
    expect(others).toEqual([]);
  } finally {
    await rm(target, { recursive: true });
  }
});

it('of another release it knows that one alone, and leaves what this machine knows as it is', async () => {
  const target = await mkdtemp(join(tmpdir(), 'hybrid-sync-apt-'));
  try {
    const told = "'http://mirror.example/debian/dists/sid/main/binary-amd64/Packages.xz' name 0";
    await aptIs(`[ "$2" = --print-uris ] && echo "${told}" || echo "$*" >>log`);
    await aptDownload({ name: 'one', suite: 'trixie' }, target);
    for (const line of await log()) {
      expect(line).toContain(`Dir::Etc::sourcelist=${target}/sources.list -o Dir::Etc::sourceparts=-`);
      expect(line).toContain(`Dir::State::lists=${target}/lists -o Dir::State::status=/dev/null`);
    }
    expect(await readFile(join(target, 'sources.list'), 'utf8')).toMatch(
      /^deb \[signed-by=.*\] http:\/\/mirror.example\/debian trixie main\n$/,
    );
  } finally {
    await rm(target, { recursive: true });
  }
});

/** Lets the real apt-get tell of these sources alone. */
async function sourcesAre(text: string, form: 'list' | 'sources'): Promise<void> {
  const parts = join(folder, 'parts');
  await mkdir(parts);
  await writeFile(join(parts, `own.${form}`), text);
  const options = `-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=${parts}`;
  await aptIs(`PATH="\${PATH#*:}"\nexec apt-get ${options} "$@"`);
}

describe.skipIf((await findExecutable(['apt-get'])) === undefined)('the mirror of this machine', () => {
  it.each([
    [
      'the deb822 form, the second of several mirrors',
      'sources',
      `Types: deb deb-src
URIs: http://vendor.example/vendor http://mirror.example/some/debian/
Suites: bookworm bookworm-updates
Components: main contrib
`,
      'http://mirror.example/some/debian',
    ],
    [
      'stanzas that are off do not count',
      'sources',
      'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: sid\nComponents: main\n',
      undefined,
    ],
    [
      'the one-line form, with options and remarks',
      'list',
      `deb-src http://source.example/debian bookworm main
# deb http://off.example/debian bookworm main
deb [arch=amd64] http://mirror.example/debian/ bookworm main non-free # near
`,
      'http://mirror.example/debian',
    ],
    [
      'security updates',
      'list',
      'deb http://mirror.example/debian-security bookworm-security main',
      undefined,
    ],
    ['another vendor', 'list', 'deb https://vendor.example/node_20.x nodistro main', undefined],
    ['another distribution', 'list', 'deb http://archive.example/ubuntu noble main', undefined],
    ['a snapshot', 'list', 'deb http://snapshot.example/archive/debian/20250520T0/ bookworm main', undefined],
    ['no main component', 'list', 'deb http://mirror.example/debian bookworm contrib', undefined],
    ['a disc', 'list', 'deb cdrom:[Debian]/debian bookworm main', undefined],
    ['nothing', 'list', '', undefined],
  ] as const)('%s', async (_name, form, sources, mirror) => {
    await sourcesAre(sources, form);
    expect(await hostMirror()).toBe(mirror);
  });
});
