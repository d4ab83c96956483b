import { PassThrough, Readable } from 'node:stream';
import { runCommandLine } from '../run-command-line.js';
import type { Output } from '../surroundings.js';

/** What a command line printed and how it ended. */
export interface CliEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output read as JSON; throws where it is none. */
  json(): Record<string, unknown>;
  /** The `error` of the JSON document on standard error; throws where there is none. */
  error(): { code: string; message: string; field?: string; hint?: string };
}

/** Surroundings other than the usual: nothing in the environment, no terminal, an empty input. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array | Readable;
  readonly signal?: AbortSignal;
  /** Makes standard output a terminal of that size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** Runs a command line in this process. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliEnd> {
  const { env = {}, stdin = '', signal = new AbortController().signal, terminal } = options;
  const stdout = collected(terminal);
  const stderr = collected(undefined);
  const input = stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin as string)]);
  const surroundings = { stdin: input, stdout: stdout.output, stderr: stderr.output, env, signal };
  const code = await runCommandLine(argv, surroundings, '0.0.0-test');
  return {
    code,
    stdout: stdout.text(),
    stderr: stderr.text(),
    json: () => JSON.parse(stdout.text()),
    error: () => JSON.parse(stderr.text()).error,
  };
}

function collected(terminal: CliOptions['terminal']): { output: Output; text: () => string } {
  const parts: Buffer[] = [];
  const output = new PassThrough();
  output.on('data', (part: Buffer) => parts.push(part));
  return {
    output: terminal === undefined ? output : Object.assign(output, { isTTY: true, ...terminal }),
    text: () => Buffer.concat(parts).toString('utf8'),
  };
}
