import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf, UsageError } from '@hybrid-sync/trials';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchReport } from '../bench.js';
import { benchTables } from './cells.js';
import { markdownTable, measuredSection, openMeasuredDocument } from './document.js';

const REPORT: BenchReport = {
  machine: { cpu: 'Some CPU', cores: 2, memoryGb: 25.3, system: 'Linux 6.1' },
  versions: { node: 'v20.20.2', redis: '7.0.15' },
  quick: false,
  seed: '1',
  rounds: 3,
  seconds: 5,
  rows: [
    {
      name: 'bulk-write',
      clients: 500,
      mutationsPerSecond: 12_345.6,
      p50Ms: 40,
      p99Ms: 123.4,
      batch: 250,
      inFlight: 2,
    },
    {
      name: 'core',
      clients: 100,
      mutationsPerSecond: 7000,
      p50Ms: 13.579,
      p99Ms: 25,
      podUs: 68.04,
      redisUs: 24,
      storeUs: 173.2,
      notFastShare: 0.0123,
    },
  ],
  others: { drain: { events: 30_000, eventsPerSecond: 6543.2 } },
  ratios: { vsDirectWrite: 4.004, p99OfDirectWrite: 0.7 },
};

const tablesOf = (report: BenchReport) => textOf(benchTables(report));

describe('the tables', () => {
  const text = tablesOf(REPORT);

  it('show each row with its rate, latencies and processor times, and what was not fast', () => {
    expect(text).toMatch(/core .* 100 │ +7,000 │ +13\.58 │ +25\.00 │ +68\.0 │ +24\.0 │ +173 │ +1\.23 %/);
    expect(text).toMatch(/bulk-write .* 2 at a time of 250 .* 500 │ +12,346 │ +40\.00 │ +123 │/);
  });

  it('show whether each target was reached, missed, or not looked at', () => {
    expect(text).toMatch(/vsDirectWrite .* 4\.00 │ +>= 3 │ +reached/);
    expect(text).toMatch(/p99OfDirectWrite .* 0\.70 │ +<= 0\.4 │ +missed/);
    expect(text).toMatch(/projectorScaling .* │ +>= 3\.5 │ +not measured/);
  });

  it('leave out a table without lines', () => {
    expect(text).toContain('6,543 events/s');
    expect(tablesOf({ ...REPORT, others: {} })).not.toContain('Projectors');
  });
});

describe('the measured part of the document', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-document-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('says how and where it was measured', () => {
    const text = measuredSection(REPORT, 'npm run bench');
    expect(text).toContain('Made by `npm run bench`: 3 rounds');
    expect(text).toContain('Some CPU, 2 cores, 25.3 GB, Linux 6.1');
    expect(text).toContain('node v20.20.2, redis 7.0.15');
    expect(text).toMatch(/\| core \| this system, in process \| 100 \| 7,000 \| 13\.58 \|/);
  });

  it('takes the place of the former one; all else stays', async () => {
    const file = join(folder, 'benchmarks.md');
    const marks = ['<!-- written by npm run bench: begin -->', '<!-- written by npm run bench: end -->'];
    await writeFile(file, `# Title\n${marks[0]}\nold\n${marks[1]}\nafter\n`);
    await (await openMeasuredDocument(file)).write('new');
    await (await openMeasuredDocument(file)).write('newest');
    expect(await readFile(file, 'utf8')).toBe(`# Title\n${marks[0]}\n\nnewest\n\n${marks[1]}\nafter\n`);
  });

  it("may be that of another script, which leaves this one's part alone", async () => {
    const file = join(folder, 'peak-hour.md');
    const mark = (script: string, end: string) => `<!-- written by npm run ${script}: ${end} -->`;
    const text = ['bench', 'peak-hour'].map((each) => `${mark(each, 'begin')}\nold\n${mark(each, 'end')}\n`);
    await writeFile(file, text.join(''));
    await (await openMeasuredDocument(file, 'peak-hour')).write('new');
    expect(await readFile(file, 'utf8')).toBe(`${text[0]}${text[1]?.replace('old', '\nnew\n')}`);
  });

  it('needs a file with both marks', async () => {
    const file = join(folder, 'benchmarks.md');
    await expect(openMeasuredDocument(file)).rejects.toThrow(UsageError);
    await writeFile(file, 'no marks\n');
    await expect(openMeasuredDocument(file)).rejects.toThrow(
      'has no "<!-- written by npm run bench: begin -->"',
    );
  });

  it('keeps its columns whatever a cell holds', () => {
    expect(markdownTable(['a', 'b', 'c'], [['x|y', '', '1']])).toBe(
      '| a | b | c |\n| --- | --- | ---: |\n| x\\|y |  | 1 |',
    );
  });
});
