import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { sendSignal } from './process/bounded-end.js';
import { withFolder } from './process/temporary-folder.js';
import { untilSignal } from './process/until-signal.js';
import { type Services, type StartServicesOptions, startServices } from './start-services.js';
import { TerminalProgress } from './terminal-progress.js';

/** How long vitest and what its tests have started may take to end after a signal, in milliseconds. */
const END_WITHIN_MS = 1_000;
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const TEST = fileURLToPath(new URL('test.js', import.meta.url));
const VITEST = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

/** What a command that runs tests works with. */
export interface TestRun {
  /** Temporary; removed at the end. */
  readonly folder: string;
  /** Aborts with the first signal that asks this process to end. */
  readonly interrupted: AbortSignal;
  /** Starts services in the folder, fit for data to be thrown away; they are stopped at the end. @throws ServicesError */
  start(options: Partial<StartServicesOptions>): Promise<Services>;
  /** Runs vitest, with this environment on top of this process's. @returns its exit code */
  vitest(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<number>;
}

/**
 * Runs tests, unless vitest is not installed. `name`: of the command, a part of the folder's name.
 * @returns the exit code of `work`; after a signal the one that tells a shell of it
 */
export async function runTests(name: string, work: (run: TestRun) => Promise<number>): Promise<number> {
  const interrupted = untilSignal();
  if (!existsSync(VITEST)) {
    console.error('vitest is not installed. Run "npm ci --include=dev" first.');
    return 1;
  }
  return withFolder(name, async (folder) => {
    let services: Services | undefined;
    const start: TestRun['start'] = async (options) => {
      const own = { dataDir: folder, dataDirVariable: 'TMPDIR', durable: false, signal: interrupted };
      services = await startServices({ ...own, progress: new TerminalProgress(), ...options });
      return services;
    };
    const vitest: TestRun['vitest'] = (args, env) => runVitest(args, { ...process.env, ...env }, interrupted);
    try {
      return await work({ folder, interrupted, start, vitest });
    } catch (error) {
      if (!interrupted.aborted) throw error;
      return exitCodeOf(interrupted.reason);
    } finally {
      await services?.stop();
    }
  });
}

/**
 * Runs vitest in a process group of its own, so that a signal ends it with everything that tests have started: what of
 * it has not ended a moment after the signal is killed.
 * @returns its exit code; after a signal the one that tells a shell of it
 */
async function runVitest(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  interrupted: AbortSignal,
): Promise<number> {
  if (interrupted.aborted) return exitCodeOf(interrupted.reason);
  const child = spawn(process.execPath, [VITEST, 'run', ...args], {
    cwd: REPOSITORY,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const signalAll = (signal: NodeJS.Signals) => child.pid !== undefined && sendSignal(-child.pid, signal);
  const pass = () => {
    signalAll('SIGTERM');
    setTimeout(() => signalAll('SIGKILL'), END_WITHIN_MS).unref();
  };
  interrupted.addEventListener('abort', pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  interrupted.removeEventListener('abort', pass);
  signalAll('SIGKILL');
  if (interrupted.aborted) return exitCodeOf(interrupted.reason);
  return code ?? exitCodeOf(signal);
}

/**
 * Runs `npm test` with these arguments, this environment on top of this process's, and, where it is given, another Node.
 * @returns its exit code
 */
export async function npmTest(
  args: readonly string[],
  { env = {}, node = process.execPath }: { env?: NodeJS.ProcessEnv; node?: string } = {},
): Promise<number> {
  const { exitCode } = await execa(node, [TEST, ...args], { env, stdio: 'inherit', reject: false });
  return exitCode ?? 1;
}

/** The exit code that tells a shell which signal ended a command. */
function exitCodeOf(signal: unknown): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
