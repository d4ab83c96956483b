import { readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Which process a pid stood for when it was written down. Pids are given again, so a pid alone says nothing after a
 * crash: the time the process started and the boot it started in make it that one process and no other.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process, as the kernel words them. */
  readonly startedAt: string;
  readonly bootId: string;
}

/** Fields of /proc/<pid>/stat behind the process's name, counted from 0. */
const STATE = 0;
const START_TIME = 19;

/** What the kernel tells of a process in `stat`, behind its name. @throws where there is no such process, or no `/proc` */
export async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  // The name stands in parentheses and may hold anything, parentheses too.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The identity of a running process; undefined when there is none, and where there is no `/proc`. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, bootId] = await Promise.all([
      statOf(pid),
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
    ]);
    const startedAt = stat[START_TIME];
    if (startedAt === undefined || stat[STATE] === 'Z') return undefined;
    return { pid, startedAt, bootId: bootId.trim() };
  } catch {
    return undefined;
  }
}

/** Whether the process an identity stands for still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== undefined && now.startedAt === identity.startedAt && now.bootId === identity.bootId;
}

/**
 * Where a record lies: its real path, and which folder that is to the file system. A copy of a data folder lies elsewhere
 * or is another folder, so the processes that its records name are not its own.
 */
async function placeOf(file: string): Promise<string> {
  const folder = await realpath(dirname(file));
  const { dev, ino } = await stat(folder);
  return `${join(folder, basename(file))} ${dev}:${ino}`;
}

/** Writes down which process does a duty, for whoever finds the file after a crash. */
export async function recordIdentity(file: string, pid: number): Promise<void> {
  const identity = await identify(pid);
  if (identity === undefined) return;
  await writeFile(file, JSON.stringify({ ...identity, place: await placeOf(file) }), { mode: 0o600 });
}

/**
 * The recorded process if it still runs; undefined otherwise, and when the record is missing, broken, or was made
 * elsewhere: in doubt it is not ours.
 */
export async function runningFromRecord(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const recorded: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isIdentity(recorded) || recorded.place !== (await placeOf(file))) return undefined;
    return (await isRunning(recorded)) ? recorded : undefined;
  } catch {
    return undefined;
  }
}

/** By this variable of its environment a process says for which record it was started. */
const RECORD_VARIABLE = 'HYBRID_SYNC_RECORD';

/** What the environment of a process that is to be recorded in a file has to hold. */
export async function recordMark(file: string): Promise<Record<string, string>> {
  return { [RECORD_VARIABLE]: await placeOf(file) };
}

/** Whether a process was started for this record, by its environment; not where that can't be read. */
export async function bearsMark(pid: number, file: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    return environment.split('\0').includes(`${RECORD_VARIABLE}=${await placeOf(file)}`);
  } catch {
    return false;
  }
}

/** Removes a record; that there is none is fine. */
export async function forgetRecord(file: string): Promise<void> {
  await rm(file, { force: true });
}

function isIdentity(value: unknown): value is ProcessIdentity & { readonly place?: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startedAt, bootId } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  return Number.isInteger(pid) && typeof startedAt === 'string' && typeof bootId === 'string';
}

/** The command line of a process, its arguments separated by spaces; empty when it is gone. */
export async function commandLineOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').join(' ').trim();
  } catch {
    return '';
  }
}

/** The direct children of a process; none where the kernel does not tell. */
export async function childrenOf(pid: number): Promise<number[]> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
