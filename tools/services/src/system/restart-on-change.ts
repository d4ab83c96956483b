import { watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { messageOf } from '../errors.js';
import type { ServiceProcess } from '../process/service-process.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
/** Sources of what the processes are made of. */
const WATCHED = ['apps/api', 'apps/projector', 'packages'];
/** An editor may write a file in several steps, in milliseconds. */
const QUIET_MS = 200;

/**
 * Builds when a source has changed, and starts the processes anew if that went well. One build at a time; what changes
 * meanwhile is built after it. Ends when the signal aborts.
 */
export function restartOnChange(processes: readonly ServiceProcess[], signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  let under: Promise<void> = Promise.resolve();
  const changed = (_: string, file: string | null) => {
    if (signal.aborted || !file?.includes('src/') || /\.test\.ts$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      under = under.then(() => rebuild(processes, signal));
    }, QUIET_MS);
  };
  for (const folder of WATCHED) watch(join(REPOSITORY, folder), { recursive: true, signal }, changed);
  signal.addEventListener('abort', () => clearTimeout(timer));
  console.error('Api and projector are built and started anew when a source changes.');
}

async function rebuild(processes: readonly ServiceProcess[], signal: AbortSignal): Promise<void> {
  if (signal.aborted || !(await build(signal)) || signal.aborted) return;
  try {
    await Promise.all(processes.map((process) => process.stop()));
    await Promise.all(processes.map((process) => process.start(signal)));
    console.error(`${new Date().toLocaleTimeString()} api and projector run the new build.`);
  } catch (error) {
    if (!signal.aborted) console.error(`They did not start: ${messageOf(error)}`);
  }
}

/** Whether it went well; what went wrong is printed by the compiler. */
async function build(signal: AbortSignal): Promise<boolean> {
  const options = { cwd: REPOSITORY, stdio: ['ignore', 'ignore', 'inherit'], reject: false } as const;
  const { failed } = await execa('npm', ['run', '--silent', 'build'], { ...options, cancelSignal: signal });
  return !failed;
}
