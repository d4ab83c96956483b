import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RealProgram } from '@hybrid-sync/services/real-program';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PeakHourReport } from './report/peak-hour-report.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const MINUTE = 60_000;

let temporary: string;
let docs: string;
let running: RealProgram | undefined;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'hybrid-sync-peak-hour-e2e-'));
  docs = await mkdtemp(join(tmpdir(), 'hybrid-sync-peak-hour-docs-'));
});
afterEach(async () => {
  await running?.end('SIGTERM');
  await Promise.all([temporary, docs].map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Starts one that knows nothing of the services of `npm test`, with its temporary folder in ours. */
function start(...args: string[]): RealProgram {
  const { PATH, HOME } = process.env;
  running = new RealProgram(MAIN, args, { PATH, HOME, TMPDIR: temporary });
  return running;
}

it(
  'a short one loses nothing, writes its document and plot, and leaves nothing behind',
  async () => {
    const document = join(docs, 'peak-hour.md');
    const marks = ['begin', 'end'].map((each) => `<!-- written by npm run peak-hour: ${each} -->`);
    await writeFile(document, `# Title\n${marks.join('\n')}\nafter\n`);
    const run = start('--seconds', '5', '--modes', 'adaptive', '--json', '--write', docs);
    const code = await run.exit();
    expect(code, run.output).toBe(0);
    const report = JSON.parse(run.stdout) as PeakHourReport;
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
    const run = start('--seconds', '5', '--modes', 'event-only');
    await run.said('event-only:');
    run.signal('SIGINT');
    expect(await run.exit()).toBe(130);
    expect(await readdir(temporary)).toEqual([]);
  },
  2 * MINUTE,
);
