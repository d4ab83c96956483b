import { addAbortSignal } from 'node:stream';
import { Command } from 'commander';
import { linesOf } from '../bulk/lines.js';
import { Loader } from '../bulk/loader.js';
import { pairIn } from '../bulk/pair-line.js';
import { RateProgress } from '../bulk/rate-progress.js';
import { StateFile } from '../bulk/state-file.js';
import { ArgumentError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { printable } from '../output/printable.js';
import type { CommandContext } from './command-context.js';

/** The longest line, in bytes: what a value of MongoDB's largest document may take in JSON. */
const MOST_LINE_BYTES = 6 * 16 * 1024 * 1024;
/** How long to wait for an api that is away, once it took something, in milliseconds: a rate limit counts by the minute. */
export const PATIENCE_MS = 120_000;

const EXPLANATION = `
A line is {"key": "a", "value": "..."}, and may hold contentType, encoding, and ttlSec or expireAt,
as set takes them. The lines of one key are done in their order; a pair that is there is replaced.
A line that is refused is named on standard error; the others are loaded, and the exit code is 1.`;

/** What `load` is given. */
interface LoadOptions {
  readonly fromLine?: string;
  readonly resume?: string;
}

/** `load`: sets the pairs that standard input holds, a line each. */
export function loadCommand(context: CommandContext): Command {
  return new Command('load')
    .summary('Set the pairs of NDJSON')
    .description(
      'Sets many pairs: standard input holds one a line, as JSON (NDJSON). Where the api has tokens it needs the role write.',
    )
    .option('--from-line <line>', 'begin with this line, as a load that ended early said')
    .option('--resume <file>', 'keep in this file how far it came, and go on from there')
    .addHelpText('after', EXPLANATION)
    .action((options: LoadOptions) => load(options, context));
}

async function load({ fromLine, resume }: LoadOptions, context: CommandContext): Promise<void> {
  const { stdin, stderr, signal } = context.surroundings;
  const state = resume === undefined ? undefined : new StateFile(resume);
  const from = fromLine === undefined ? (state?.read() ?? 1) : lineIn(fromLine);
  const progress = new RateProgress(stderr);
  const api = context.api();
  let refused = 0;
  const refuse = (line: number, reason: string) => {
    refused++;
    progress.clear();
    stderr.write(`line ${line}: ${printable(reason)}\n`);
  };
  const loader = new Loader(from, {
    send: (operations) => api.call('kv_batch', { operations }),
    refused: refuse,
    patienceMs: PATIENCE_MS,
    signal,
  });
  try {
    for await (const { number, bytes } of linesOf(addAbortSignal(signal, stdin), MOST_LINE_BYTES)) {
      if (number < from) continue;
      const read = bytes === undefined ? { fault: 'is too long' } : pairIn(bytes);
      if ('pair' in read) await loader.add({ line: number, bytes: bytes?.length ?? 0, pair: read.pair });
      else {
        loader.skip(number);
        refuse(number, read.fault);
      }
      progress.update(loader.loaded, `, line ${number.toLocaleString('en')}`);
      state?.passing(() => loader.nextLine);
    }
    await loader.end();
  } catch (error) {
    progress.clear();
    state?.write(loader.nextLine);
    stderr.write(
      `${loader.loaded} pairs are loaded. To go on, give the same input and ${goingOn(resume, loader.nextLine)}\n`,
    );
    throw signal.aborted ? signal.reason : error;
  }
  progress.clear();
  state?.remove();
  const lines = loader.nextLine - from;
  context.show('Load', { lines, loaded: loader.loaded, refused, ...progress.rate(loader.loaded) });
  if (refused > 0) context.exitCode = EXIT.no;
}

function goingOn(resume: string | undefined, line: number): string {
  return resume === undefined
    ? `--from-line ${line}`
    : `--resume ${printable(resume)}, which holds line ${line}`;
}

function lineIn(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new ArgumentError('--from-line', 'must be a number from 1 on');
  return Number(text);
}
