import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trialTests } from '@hybrid-sync/trials/testing/trial-tests';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PeakHourReport } from './peak-hour.js';

const MINUTE = 60_000;
const trial = trialTests(new URL('../dist/main.js', import.meta.url));

let docs: string;
beforeEach(async () => {
  docs = await mkdtemp(join(tmpdir(), 'hybrid-sync-peak-hour-docs-'));
});
afterEach(() => rm(docs, { recursive: true, force: true }));

it(
  'a short one loses nothing, writes its document and plot, and leaves nothing behind',
  async () => {
    const document = join(docs, 'peak-hour.md');
    const marks = ['begin', 'end'].map((each) => `<!-- written by npm run peak-hour: ${each} -->`);
    await writeFile(document, `# Title\n${marks.join('\n')}\nafter\n`);
    const run = trial.start('--seconds', '5', '--modes', 'adaptive', '--json', '--write', docs);
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
    expect(await trial.left()).toEqual([]);
  },
  3 * MINUTE,
);

it(
  'Ctrl-C stops everything',
  async () => {
    const run = trial.start('--seconds', '5', '--modes', 'event-only');
    await run.said('event-only:');
    run.signal('SIGINT');
    expect(await run.exit()).toBe(130);
    expect(await trial.left()).toEqual([]);
  },
  2 * MINUTE,
);
