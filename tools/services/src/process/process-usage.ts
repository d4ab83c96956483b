import { readFile } from 'node:fs/promises';
import { statOf } from './process-identity.js';

/** Ticks of the kernel's clock per second; 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;
/** Fields of /proc/<pid>/stat behind the process's name, counted from 0. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/**
 * The processor time that processes have taken so far, in seconds, their ended children's not included; undefined where
 * the operating system does not tell.
 */
export async function processorSeconds(pids: readonly number[]): Promise<number | undefined> {
  const stats = await Promise.all(pids.map((pid) => statOf(pid).catch(() => undefined)));
  const known = stats.filter((stat) => stat !== undefined);
  if (known.length === 0) return undefined;
  const ticks = known.map((stat) => Number(stat[USER_TICKS]) + Number(stat[SYSTEM_TICKS]));
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_S;
}

/** The memory that a process has in use now, in bytes; undefined where the operating system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+)/m.exec(status)?.[1];
  return kib === undefined ? undefined : 1024 * Number(kib);
}
