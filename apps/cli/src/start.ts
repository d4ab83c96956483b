import { readFileSync } from 'node:fs';
import { EndedBySignal } from './errors.js';
import { EXIT_ON_SIGNAL } from './exit-codes.js';
import { runCommandLine } from './run-command-line.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Runs the command line that the process was given; its exit code is that of the process. */
export async function start(): Promise<void> {
  const ended = new AbortController();
  for (const signal of Object.keys(EXIT_ON_SIGNAL) as (keyof typeof EXIT_ON_SIGNAL)[]) {
    process.once(signal, () => ended.abort(new EndedBySignal(signal)));
  }
  // Who reads the output may have seen enough, as head has: there is nothing to tell anybody then.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => ended.abort('the output was closed'));
  }

  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runCommandLine(
    process.argv.slice(2),
    { stdin, stdout, stderr, env, signal: ended.signal },
    version,
  );
  // A read from a pipe or a terminal that nobody ends would keep the process.
  if (ended.signal.aborted) process.exit();
}
