import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program is run. */
export interface ChildRun {
  readonly command: string;
  readonly args: readonly string[];
  /** The folder that it works in. */
  readonly cwd: string;
  /** The longest that it may take, in seconds. */
  readonly atMostSeconds: number;
  /** Ends the program; its reason is thrown. */
  readonly signal: AbortSignal;
}

/** Time for a program to end in good order, with what it has started itself, before SIGKILL, in milliseconds. */
const END_MS = 30_000;
/** Most characters of what a program said that an error quotes. */
const QUOTED = 4000;

/**
 * Runs a program to its end, with its children in a process group of their own.
 * @returns its standard output
 * @throws the signal's reason, or an error with what the program said, when it fails or takes too long; it is gone then
 */
export async function outputOf({ command, args, cwd, atMostSeconds, signal }: ChildRun): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  let said = '';
  child.stdout.on('data', (part: Buffer) => output.push(part.toString()));
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-QUOTED);
  });
  const group = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // All of it is gone already.
    }
  };
  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    group('SIGTERM');
    killing = setTimeout(() => group('SIGKILL'), END_MS);
  };
  const inTime = AbortSignal.timeout(atMostSeconds * 1000);
  const ended = AbortSignal.any([signal, inTime]);
  ended.addEventListener('abort', stop);
  try {
    const [code, by] = await once(child, 'close');
    signal.throwIfAborted();
    if (code === 0) return output.join('');
    const why = inTime.aborted ? `took longer than ${atMostSeconds} s` : `ended with ${by ?? code}`;
    throw new Error(
      `${command} ${args.join(' ')} in ${cwd} ${why}:\n${said || output.join('').slice(-QUOTED)}`,
    );
  } finally {
    ended.removeEventListener('abort', stop);
    clearTimeout(killing);
  }
}
