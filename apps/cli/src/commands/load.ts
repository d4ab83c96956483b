import { addAbortSignal } from 'node:stream';
import { Command, Option } from 'commander';
import { type InputPart, partsOfLines, partsOfRdb } from '../bulk/inputs.js';
import { LoadCounts } from '../bulk/load-counts.js';
import { Loader } from '../bulk/loader.js';
import { RateProgress } from '../bulk/rate-progress.js';
import { DATABASES } from '../bulk/rdb-pairs.js';
import { StateFile } from '../bulk/state-file.js';
import { ArgumentError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { printable } from '../output/printable.js';
import type { CommandContext } from './command-context.js';

/** How long to wait for an api that is away, once it took something, in milliseconds: a rate limit counts by the minute. */
export const PATIENCE_MS = 120_000;

const EXPLANATION = `
A line is {"key": "a", "value": "..."}, and may hold contentType, encoding, and ttlSec or expireAt,
as set takes them. The lines of one key are done in their order; a pair that is there is replaced.
A line that is refused is named on standard error; the others are loaded, and the exit code is 1.

With --shadows a line is a document of kv_shadow, as mongoexport writes it; with --rdb the pairs are
the keys of a file that Redis has saved, which a redis-server of this machine reads. Then a pair that
is there stays as it is, unless --replace is given. What can't be a pair is left out: counted by what
it is, and the first ones named on standard error. So is what BullMQ and hybrid-sync keep in a Redis
for themselves (reserved).`;

/** What `load` is given. */
interface LoadOptions {
  readonly fromLine?: string;
  readonly resume?: string;
  readonly shadows?: true;
  readonly rdb?: string;
  readonly match: string;
  readonly hashes?: true;
  readonly database: string;
  readonly replace?: true;
  readonly dryRun?: true;
}

/** `load`: sets the pairs that standard input, or an RDB file, holds. */
export function loadCommand(context: CommandContext): Command {
  return new Command('load')
    .summary('Set the pairs of NDJSON, of shadows, or of an RDB file')
    .description(
      'Sets many pairs: standard input holds one a line, as JSON (NDJSON). Where the api has tokens it needs the role write.',
    )
    .option('--from-line <line>', 'begin with this line, as a load that ended early said')
    .addOption(
      new Option('--resume <file>', 'keep in this file how far it came, and go on from there').conflicts(
        'rdb',
      ),
    )
    .addOption(
      new Option('--shadows', 'the lines are documents of kv_shadow, as mongoexport writes them').conflicts(
        'rdb',
      ),
    )
    .addOption(new Option('--rdb <file>', 'the keys of an RDB file instead').conflicts('fromLine'))
    .option('--match <pattern>', 'of an RDB file only these keys, such as user:*', '*')
    .option('--hashes', 'of an RDB file: hashes of texts, too, as objects in JSON')
    .option('--database <number>', 'which one of an RDB file', '0')
    .option('--replace', 'with --shadows or --rdb: also pairs that are there')
    .option('--dry-run', 'read everything, and set nothing')
    .addHelpText('after', EXPLANATION)
    .action((options: LoadOptions) => load(options, context));
}

async function load(options: LoadOptions, context: CommandContext): Promise<void> {
  const { rdb, shadows } = options;
  const { stdin, env, signal } = context.surroundings;
  if (rdb === undefined) {
    const input = addAbortSignal(signal, stdin);
    const counts = new LoadCounts(context.surroundings.stderr);
    return bring(partsOfLines(input, shadows ? 'shadows' : 'pairs'), counts, options, context);
  }
  const database = Number(options.database);
  if (!/^\d{1,4}$/.test(options.database) || database >= DATABASES) {
    throw new ArgumentError('--database', `must be a number from 0 to ${DATABASES - 1}`);
  }
  // It brings a client of Redis with it, which no other command needs.
  const { RdbServer } = await import('../bulk/rdb-server.js');
  const server = await RdbServer.open(rdb, { database, path: env.PATH ?? '', signal });
  try {
    const counts = new LoadCounts(context.surroundings.stderr);
    counts.leaveOut('expired', await server.expired());
    for (const [other, keys] of await server.databases()) {
      if (other !== database) counts.leaveOut(`in database ${other}`, keys);
    }
    const which = { match: options.match, hashes: options.hashes === true };
    await bring(partsOfRdb(server, which), counts, options, context);
  } finally {
    await server.close();
  }
}

async function bring(
  parts: AsyncIterable<InputPart>,
  counts: LoadCounts,
  options: LoadOptions,
  context: CommandContext,
): Promise<void> {
  const { fromLine, resume, rdb, shadows, replace, dryRun } = options;
  const { stderr, signal } = context.surroundings;
  const keeps = (rdb !== undefined || shadows) && !replace;
  const state = resume === undefined ? undefined : new StateFile(resume);
  const from = fromLine === undefined ? (state?.read() ?? 1) : lineIn(fromLine);
  const progress = new RateProgress(stderr);
  const api = context.api();
  const loader = new Loader(from, {
    send: (operations) =>
      api.call('kv_batch', {
        operations: keeps ? operations.map((each) => ({ ...each, ifAbsent: true })) : operations,
      }),
    refused: ({ line, pair }, reason) => {
      progress.clear();
      counts.refuse(rdb === undefined ? `line ${line}` : pair.key, reason);
    },
    patienceMs: PATIENCE_MS,
    signal,
  });
  let ready = 0;
  try {
    for await (const { number, name, bytes, read } of parts) {
      signal.throwIfAborted();
      if (number < from) continue;
      if ('pair' in read && !dryRun) await loader.add({ line: number, bytes, pair: read.pair });
      else loader.skip(number);
      if ('pair' in read) ready++;
      else {
        progress.clear();
        if ('fault' in read) counts.refuse(name, read.fault);
        else counts.leaveOut(read.leftOut, 1, name);
      }
      progress.update(dryRun ? ready : loader.loaded, `, line ${number.toLocaleString('en')}`);
      state?.passing(() => loader.nextLine);
    }
    await loader.end();
  } catch (error) {
    progress.clear();
    state?.write(loader.nextLine);
    stderr.write(`${loader.loaded} pairs are loaded. ${goingOn(options, loader.nextLine)}\n`);
    throw signal.aborted ? signal.reason : error;
  }
  progress.clear();
  state?.remove();
  context.show(dryRun ? 'Load, dry run' : 'Load', {
    [rdb === undefined ? 'lines' : 'keys']: loader.nextLine - from,
    ...(dryRun ? { loadable: ready } : { loaded: loader.loaded }),
    ...(keeps && !dryRun ? { kept: loader.kept } : {}),
    ...counts.shown(),
    ...progress.rate(dryRun ? ready : loader.loaded),
  });
  if (counts.refused > 0) context.exitCode = EXIT.no;
}

function goingOn({ rdb, resume }: LoadOptions, line: number): string {
  if (rdb !== undefined) return 'To go on, give the same file: what is loaded stays as it is';
  const given =
    resume === undefined ? `--from-line ${line}` : `--resume ${printable(resume)}, which holds line ${line}`;
  return `To go on, give the same input and ${given}`;
}

function lineIn(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new ArgumentError('--from-line', 'must be a number from 1 on');
  return Number(text);
}
