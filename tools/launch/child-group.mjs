import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** Signals that end a command: of a terminal, a supervisor, a terminal that is closed. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program of Node to its end, in a process group of its own: what ends this process meanwhile ends the program
 * and all that it started.
 * @param {string[]} args for Node
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>} its exit code; 128 and the signal's number where a signal ended it
 */
export async function runToEnd(args, options) {
  const child = spawn(process.execPath, args, { ...options, detached: true });
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // All of it is gone already.
    }
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of END_SIGNALS) process.on(signal, end);
  const [code, signal] = await once(child, 'exit');
  for (const each of END_SIGNALS) process.off(each, end);
  return code ?? 128 + constants.signals[signal];
}
