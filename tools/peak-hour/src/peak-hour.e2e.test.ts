import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PeakHourReport } from './report/peak-hour-report.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const MINUTE = 60_000;

let temporary: string;
let docs: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'hybrid-sync-peak-hour-e2e-'));
  docs = await mkdtemp(join(tmpdir(), 'hybrid-sync-peak-hour-docs-'));
});
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  await Promise.all([temporary, docs].map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Starts one that knows nothing of the services of `npm test`, with its temporary folder in ours. */
function start(...args: string[]) {
  const { PATH, HOME } = process.env;
  const started = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, HOME, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  const output = { stdout: '', stderr: '' };
  started.stdout.on('data', (part: Buffer) => {
    output.stdout += part.toString();
  });
  started.stderr.on('data', (part: Buffer) => {
    output.stderr += part.toString();
  });
  return { child: started, output, end: once(started, 'close').then(([code]) => code as number | null) };
}

it(
  'a short one loses nothing, writes its document and plot, and leaves nothing behind',
  async () => {
    const document = join(docs, 'peak-hour.md');
    const marks = ['begin', 'end'].map((each) => `<!-- written by npm run peak-hour: ${each} -->`);
    await writeFile(document, `# Title\n${marks.join('\n')}\nafter\n`);
    const { output, end } = start('--seconds', '5', '--modes', 'adaptive', '--json', '--write', docs);
    expect(await end, output.stderr + output.stdout).toBe(0);
    const report = JSON.parse(output.stdout) as PeakHourReport;
    expect(report).toMatchObject({ seed: '1', seconds: 5, faults: [] });
    const [mode] = report.modes;
    expect(mode).toMatchObject({
      mode: 'adaptive',
      failed: 0,
      wrong: 0,
      rest: { lostWrites: { lost: 0 }, comparison: { differing: 0 }, settle: { settled: true } },
    });
    expect(mode?.writes.count).toBeGreaterThan(100);
    expect(mode?.rest.lostWrites.checked).toBeGreaterThan(100);
    expect(await readFile(document, 'utf8')).toMatch(/\| adaptive \|(.|\n)*after/);
    expect(await readFile(join(docs, 'peak-hour.svg'), 'utf8')).toMatch(/^<svg/);
    expect(await readdir(temporary)).toEqual([]);
  },
  3 * MINUTE,
);

it(
  'Ctrl-C stops everything',
  async () => {
    const { child: started, output, end } = start('--modes', 'event-only');
    await expect.poll(() => output.stderr, { timeout: MINUTE }).toContain('event-only:');
    started.kill('SIGINT');
    expect(await end).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
  },
  2 * MINUTE,
);
