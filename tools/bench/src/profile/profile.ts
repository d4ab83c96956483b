import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cells, count, OwnedParts, percent, tableOf } from '@hybrid-sync/trials';
import type { Measuring } from '../measure/measuring.js';
import { openRowUnderTest } from '../measure/row-under-test.js';
import type { ProfileSubject } from '../options.js';
import { measureDrain } from '../projection/drain.js';
import type { RowName } from '../rows/catalogue.js';
import { MOST_CLIENTS } from '../rows/row.js';
import { type CpuProfile, type ProfileSummary, type SelfTime, summaryOf } from './cpu-profile.js';

/** Where profiles are kept, to be opened with a browser's developer tools; not under version control. */
const FOLDER = fileURLToPath(new URL('../../../../.data/profiles', import.meta.url));
const DRAIN_EVENTS = 60_000;
/** Functions that are listed. */
const MOST_FUNCTIONS = 25;
const MOST_PACKAGES = 10;

/** Where the time went. */
export interface ProfileReport extends ProfileSummary {
  readonly subject: ProfileSubject;
  /** The profile itself. */
  readonly file: string;
  /** Mutations or events per second, under the profiler. */
  readonly perSecond: number;
  /** Processor time of each process during the load, in seconds; empty where it is not known. */
  readonly processors: readonly { readonly process: string; readonly seconds: number }[];
}

/** Puts a load on one subject and profiles the process under test. */
export async function profile(given: Measuring, subject: ProfileSubject): Promise<ProfileReport> {
  const folder = join(FOLDER, subject);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const measured =
    subject === 'drain'
      ? {
          perSecond: await measureDrain(given, { name: subject, events: DRAIN_EVENTS, nodeArgs }),
          processors: [],
        }
      : await profileRow(given, subject, nodeArgs);
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error(`node left no profile in ${folder}`);
  const file = join(folder, name);
  given.progress.say(`the profile is ${file}; a browser's developer tools can open it`);
  return { subject, file, ...measured, ...summaryOf(JSON.parse(await readFile(file, 'utf8')) as CpuProfile) };
}

async function profileRow(given: Measuring, row: RowName, nodeArgs: readonly string[]) {
  await using owned = new OwnedParts();
  const open = owned.own(await openRowUnderTest(given, row, nodeArgs));
  const batch = row === 'bulk-write' ? MOST_CLIENTS : 1;
  const load = { clients: MOST_CLIENTS / batch, batch, leadInSeconds: 1, seconds: given.options.seconds };
  const before = await open.processorTimes();
  const { mutationsPerSecond } = await open.measure(load);
  const after = await open.processorTimes();
  const processors = after.flatMap(({ name, seconds }) => {
    const earlier = before.find((each) => each.name === name)?.seconds;
    return seconds === undefined || earlier === undefined
      ? []
      : [{ process: name, seconds: seconds - earlier }];
  });
  await open.check();
  return { perSecond: mutationsPerSecond, processors };
}

/** The report as tables. */
export function profileTables(report: ProfileReport): Cells[] {
  const { subject, perSecond, processors, idleShare, totalMs, packages, functions } = report;
  const times = (title: string, from: readonly SelfTime[]) =>
    tableOf(
      title,
      from.map(({ what, ms, share }) => ({ what, 'self time ms': ms.toFixed(0), share: percent(share) })),
    );
  const rate = `${subject} under the profiler: ${count(perSecond)} per second`;
  const idle = `${(totalMs / 1000).toFixed(1)} s in all, idle for ${percent(idleShare, 0)} of it, shares of the rest`;
  return [
    tableOf(
      'Processor time of each process during the load',
      processors.map(({ process, seconds }) => ({ process, seconds: seconds.toFixed(1) })),
    ),
    times(`${rate}; self time by package; ${idle}`, packages.slice(0, MOST_PACKAGES)),
    times('Self time by function', functions.slice(0, MOST_FUNCTIONS)),
  ];
}
