import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cells, count, type ProgramSurroundings, percent } from '@hybrid-sync/trials';
import { RowUnderTest } from '../measure/row-under-test.js';
import { measureDrain } from '../projection/measure-drain.js';
import type { RowName } from '../rows/catalogue.js';
import { BenchSystem } from '../system/bench-system.js';
import { type CpuProfile, type ProfileSummary, type SelfTime, summaryOf } from './cpu-profile.js';
import { processorTimes } from './processor-time.js';

/** Where profiles are kept, to be opened with a browser's developer tools; not under version control. */
const FOLDER = fileURLToPath(new URL('../../../../.data/profiles', import.meta.url));
const CLIENTS = 500;
const DRAIN_EVENTS = 60_000;
/** Functions that are listed. */
const MOST_FUNCTIONS = 25;
const MOST_PACKAGES = 10;

/** What can be profiled: a row's process under test, or the projector during a drain. */
export type ProfileSubject = RowName | 'drain';

/** How to profile. */
export interface ProfileOptions {
  readonly subject: ProfileSubject;
  /** Length of the load, in seconds. */
  readonly seconds: number;
  readonly seed: string;
}

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
export async function profile(
  { subject, seconds, seed }: ProfileOptions,
  { signal }: ProgramSurroundings,
): Promise<ProfileReport> {
  const folder = join(FOLDER, subject);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const measured = await BenchSystem.use(signal, async (system) =>
    subject === 'drain'
      ? {
          perSecond: await measureDrain(system, {
            name: subject,
            events: DRAIN_EVENTS,
            keys: DRAIN_EVENTS,
            projectors: 1,
            delayMs: 0,
            settings: {},
            nodeArgs,
            seed,
            signal,
          }),
          processors: [],
        }
      : profileRow(system, subject, { seconds, seed, nodeArgs, signal }),
  );
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error(`node left no profile in ${folder}`);
  const file = join(folder, name);
  return { subject, file, ...measured, ...summaryOf(JSON.parse(await readFile(file, 'utf8')) as CpuProfile) };
}

async function profileRow(
  system: BenchSystem,
  row: RowName,
  {
    seconds,
    ...options
  }: { seconds: number; seed: string; nodeArgs: readonly string[]; signal: AbortSignal },
) {
  const open = await RowUnderTest.open(system, { row, maxClients: CLIENTS, ...options });
  try {
    const batch = row === 'bulk-write' ? CLIENTS : 1;
    const load = { clients: CLIENTS / batch, batch, leadInSeconds: 1, seconds };
    const before = await processorTimes(await open.processes());
    const { mutationsPerSecond } = await open.measure(load);
    const after = await processorTimes(await open.processes());
    const processors = after.flatMap(({ name, seconds: time }) => {
      const earlier = before.find((each) => each.name === name)?.seconds;
      return time === undefined || earlier === undefined ? [] : [{ process: name, seconds: time - earlier }];
    });
    await open.check();
    return { perSecond: mutationsPerSecond, processors };
  } finally {
    await open.stop();
  }
}

/** The report as tables. */
export function profileTables(report: ProfileReport): Cells[] {
  const { subject, perSecond, processors, idleShare, totalMs, packages, functions } = report;
  const times = (title: string, from: readonly SelfTime[]): Cells => ({
    title,
    head: ['what', 'self time ms', 'share'],
    rows: from.map(({ what, ms, share }) => [what, ms.toFixed(0), percent(share)]),
  });
  const rate = `${subject} under the profiler: ${count(perSecond)} per second`;
  const idle = `${(totalMs / 1000).toFixed(1)} s in all, idle for ${percent(idleShare, 0)} of it, shares of the rest`;
  return [
    {
      title: 'Processor time of each process during the load',
      head: ['process', 'seconds'],
      rows: processors.map(({ process, seconds }) => [process, seconds.toFixed(1)]),
    },
    times(`${rate}; self time by package; ${idle}`, packages.slice(0, MOST_PACKAGES)),
    times('Self time by function', functions.slice(0, MOST_FUNCTIONS)),
  ];
}
