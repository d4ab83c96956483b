import { readFile } from 'node:fs/promises';

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
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)),
  );
  if (stats.every((stat) => stat === undefined)) return undefined;
  return stats.reduce((sum, stat) => sum + (stat === undefined ? 0 : secondsIn(stat)), 0);
}

function secondsIn(stat: string): number {
  // The name stands in brackets and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / TICKS_PER_S;
}
