import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { send } from './process/bounded-end.js';

/** How long vitest and what its tests have started may take to end after a signal, in milliseconds. */
const END_WITHIN_MS = 1_000;
const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The script of vitest; undefined where it is not installed. */
export function findVitest(): string | undefined {
  const script = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));
  return existsSync(script) ? script : undefined;
}

/**
 * Runs vitest in a process group of its own, so that a signal ends it with everything that tests have started: what of
 * it has not ended a moment after the signal is killed.
 * @returns its exit code; after a signal the one that tells a shell of it
 */
export async function runVitest(
  vitest: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  interrupted: AbortSignal,
): Promise<number> {
  if (interrupted.aborted) return exitCodeOf(interrupted.reason);
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const signalAll = (signal: NodeJS.Signals) => child.pid !== undefined && send(-child.pid, signal);
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

/** The exit code that tells a shell which signal ended a command. */
export function exitCodeOf(signal: unknown): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
