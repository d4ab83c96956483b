import { fileURLToPath } from 'node:url';
import { type OptionsParser, positive, readCommandLine, UsageError, wholeNumber } from '@hybrid-sync/trials';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ROW_NAMES, type RowName } from './rows/catalogue.js';

/** Keys of `--million` unless said. */
const MILLION = 1_000_000;
/** Most seconds of a row, and most rounds. */
const MOST = 3600;

/**
 * What a run does. `full`: everything, in several rounds; `quick`: the same with short rounds, those after the first only
 * of what a ratio is made of, and fewer events and mutations; `tune`: sweeps threads and timeouts; `decision`: what the choice
 * of a route costs, without any service; `profile`: profiles one process; `million`: verifies and restores many keys;
 * `against`: the rows of this build and of an earlier commit in turns; `idle`: what processes cost that have nothing to do.
 */
export type BenchMode = 'full' | (typeof MODES)[number];

/** The modes that an option of their name asks for. */
const MODES = ['quick', 'tune', 'decision', 'profile', 'million', 'against', 'idle'] as const;

/** What can be profiled: a row's process under test, or the projector during a drain. */
export type ProfileSubject = RowName | 'drain';

/** What the caller asked for, checked. */
export interface BenchOptions {
  readonly mode: BenchMode;
  /** What to profile, in that mode. */
  readonly profile?: ProfileSubject;
  /** Keys to verify and restore, in that mode. */
  readonly million?: number;
  /** How many pods speak, where that alone is to be measured, in mode `idle`. */
  readonly pods?: number;
  /** The commit to compare with, in that mode. */
  readonly against?: string;
  /** One JSON object on standard output instead of tables. */
  readonly json: boolean;
  /** Measured time of each row at each number of clients in each round, in seconds. */
  readonly seconds: number;
  /** Rounds, each with all rows; figures are medians over them. */
  readonly rounds: number;
  /** The rows to measure. */
  readonly rows: readonly RowName[];
  /** What else to measure. */
  readonly others: readonly OtherName[];
  readonly seed: string;
  /** Whether the figures go into the document: they do when everything is measured, and not quickly. */
  readonly writesDocument: boolean;
  /** Folder of the documents that a run writes its figures into. */
  readonly docs: string;
}

/** What is measured beside the rows. */
export const OTHER_NAMES = ['drain', 'hot-key-drain', 'projector-scaling', 'fallback', 'memory'] as const;
/** See {@link OTHER_NAMES}. */
export type OtherName = (typeof OTHER_NAMES)[number];

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const DEFAULTS = {
  full: { seconds: 3, rounds: 5 },
  quick: { seconds: 1, rounds: 3 },
  tune: { seconds: 1.5, rounds: 1 },
  decision: { seconds: 1, rounds: 1 },
  profile: { seconds: 10, rounds: 1 },
  million: { seconds: 1, rounds: 2 },
  against: { seconds: 1, rounds: 5 },
  idle: { seconds: 20, rounds: 1 },
} as const satisfies Record<BenchMode, object>;

/** Options that a mode may have no use for. */
const ROUNDS = ['rows', 'rounds'];
const ALL = [...ROUNDS, 'seconds'];

const HELP = `
Starts a Redis and a MongoDB of its own on free ports of the loopback, with all data in a temporary folder, and runs
every row in processes of its own. Beside each row stands the processor time in microseconds per mutation of its own
process (pod), of Redis and of the store.

Rows: ${ROW_NAMES.join(', ')};
and, by the same option: ${OTHER_NAMES.join(', ')}.

Examples:
  $ npm run bench                                     several rounds; writes docs/benchmarks.md
  $ npm run -s bench -- --quick --json                under four minutes; one JSON object on standard output
  $ npm run bench -- --quick --rows core,direct-write only these
  $ npm run bench -- --profile core                   which functions the time goes into
  $ npm run bench -- --decision                       what the choice of a route costs, in some seconds
  $ npm run bench -- --million                        verify and restore a million keys, beside bare scans and loads
  $ npm run bench -- --against main --rows core,http   these rows of this build and of main, in turns
  $ npm run bench -- --idle                           what pods and projectors cost that have nothing to do
  $ npm run bench -- --tune                           which settings for which store; writes docs/tuning.md

Exit code: 0 measured; 1 a row's writes failed, or cache and shadow differ after it; 2 usage; 130 or 143 ended by
SIGINT or SIGTERM. Whether a target was reached is no error: the table says it.`;

/** Reads the command line. */
export const parseOptions: OptionsParser<BenchOptions> = (argv, print) => {
  const command = new Command('bench')
    .description('Measures this system against what one would do instead.')
    .option('--quick', 'short rounds, under four minutes; writes no document')
    .addOption(
      modeOption('--tune', 'sweep threads and timeouts with slower stores; writes docs/tuning.md', ROUNDS),
    )
    .addOption(modeOption('--decision', 'what the choice of a route costs; needs no service', ALL))
    .addOption(
      modeOption(
        '--profile <row>',
        'where the time of a row, or of drain, goes: a CPU profile under 500 clients',
        ROUNDS,
      ).argParser((text) => oneOf([...ROW_NAMES, 'drain'], text)),
    )
    .addOption(
      modeOption('--million [keys]', `verify and restore so many keys (${MILLION})`, ALL)
        .argParser(wholeNumber(100 * MILLION))
        .preset(String(MILLION)),
    )
    .addOption(
      modeOption(
        '--against <ref>',
        'measure the rows of this build and of that commit of git in turns, built in a temporary folder',
      ),
    )
    .addOption(modeOption('--idle', 'what processes cost that have nothing to do, by cause', ROUNDS))
    .option('--pods <n>', 'with --idle: what the hearts of so many pods cost Redis', wholeNumber(10_000))
    .option(
      '--seconds <n>',
      'measured time of each row and number of clients in a round (3; quick, against: 1; tune: 1.5; profile: 10; idle: 20)',
      positive(MOST),
    )
    .option('--rounds <n>', 'rounds, interleaved (5; quick: 3)', wholeNumber(MOST))
    .option('--rows <names>', 'measure these only, separated by commas', names)
    .option('--seed <text>', 'order of the keys', '1')
    .option('--docs <folder>', 'folder of the documents that are written', DOCS);
  const given = readCommandLine<
    Partial<Record<'quick' | 'tune' | 'decision' | 'idle', true>> &
      Pick<BenchOptions, 'profile' | 'million' | 'against' | 'pods' | 'seed' | 'docs'> & {
        seconds?: number;
        rounds?: number;
        rows?: readonly (RowName | OtherName)[];
      }
  >(command, HELP, argv, print);
  if (given === undefined) return undefined;
  const mode = MODES.find((each) => given[each] !== undefined) ?? 'full';
  if (given.pods !== undefined && mode !== 'idle') throw new UsageError('--pods goes with --idle');
  const other = given.rows?.find((name) => OTHER_NAMES.some((each) => each === name));
  if (mode === 'against' && other !== undefined) {
    throw new UsageError(`--against compares rows only, and ${other} is none`);
  }
  return {
    ...DEFAULTS[mode],
    ...given,
    mode,
    writesDocument: mode === 'full' && given.rows === undefined,
    rows: ROW_NAMES.filter((name) => given.rows?.includes(name) ?? true),
    others: OTHER_NAMES.filter((name) => given.rows?.includes(name) ?? true),
  };
};

/** An option that is a mode of its own: it goes with no other one, nor with what it has no use for. */
function modeOption(flags: string, description: string, without: readonly string[] = []): Option {
  const option = new Option(flags, description);
  return option.conflicts([...MODES.filter((each) => each !== option.attributeName()), ...without]);
}

function names(text: string): readonly (RowName | OtherName)[] {
  return text.split(',').map((name) => oneOf([...ROW_NAMES, ...OTHER_NAMES], name.trim()));
}

function oneOf<Name extends string>(all: readonly Name[], text: string): Name {
  const known = all.find((each) => each === text);
  if (known === undefined) throw new InvalidArgumentError(`"${text}" is none of ${all.join(', ')}.`);
  return known;
}
