import { fileURLToPath } from 'node:url';
import { type SyncMode, syncMode } from '@hybrid-sync/sync-core';
import { type OptionsParser, readCommandLine } from '@hybrid-sync/trials';
import { Command, InvalidArgumentError } from 'commander';

/** What the caller asked for, checked. */
export interface PeakHourOptions {
  /** Length of the load in each mode, in seconds: 5 to 3600. */
  readonly seconds: number;
  /** The modes to compare, in the order they are run. */
  readonly modes: readonly SyncMode[];
  /** The same seed gives the same load. */
  readonly seed: string;
  /** Profile of the load, one of those of the replay. */
  readonly profile: string;
  /** Longest wait for the queues to empty after the load, in seconds. */
  readonly settle: number;
  readonly json: boolean;
  /** Folder of `peak-hour.md` and `peak-hour.svg`, where they are to be written. */
  readonly write?: string;
}

type Given = Omit<PeakHourOptions, 'json' | 'write'> & { write?: true | string };

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
const LEAST_SECONDS = 5;
const MOST_SECONDS = 3600;

const HELP = `
For each mode a system of its own is started: two api pods and a projector on a Redis and a MongoDB on free ports of the
loopback, with all data in a temporary folder. Between the system and MongoDB stands a line that lets only so much
through in a second; what the store takes by it is measured first. The load rises from half of that to five times as
much and falls again; in the middle the line adds 200 ms to every call. It is the same load for each mode.

Examples:
  $ npm run peak-hour                                 all modes, a minute each
  $ npm run peak-hour -- --seconds 20 --modes hybrid  a quick look at one
  $ npm run peak-hour -- --write                      writes docs/peak-hour.md and the plot in it

Exit code: 0 nothing was lost, and adaptive had the lowest p99 of writes within 10 %; 1 otherwise; 2 usage; 130 or 143
ended by SIGINT or SIGTERM.`;

/** Reads the command line. */
export const parseOptions: OptionsParser<PeakHourOptions> = (argv, print) => {
  const command = new Command('peak-hour')
    .description('Simulates a peak hour with real processes, and compares the modes on the same load.')
    .option('--seconds <n>', 'length of the load in each mode, in seconds', seconds, 60)
    .option('--modes <names>', 'the modes to compare, separated by commas', modes, [...syncMode.options])
    .option('--seed <text>', 'makes the same load again', '1')
    .option('--profile <name>', "profile of the load, as in the replay's table", 'cluster12')
    .option('--settle <n>', 'longest wait for the queues to empty, in seconds', seconds, 300)
    .option('--write [folder]', 'write peak-hour.md and peak-hour.svg there; in docs unless given');
  const read = readCommandLine<Given>(command, HELP, argv, print);
  if (read === undefined) return undefined;
  const { write, ...given } = read;
  return { ...given, ...(write === undefined ? {} : { write: write === true ? DOCS : write }) };
};

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= LEAST_SECONDS && value <= MOST_SECONDS)) {
    throw new InvalidArgumentError(`It must be ${LEAST_SECONDS} to ${MOST_SECONDS}.`);
  }
  return value;
}

function modes(text: string): SyncMode[] {
  const asked = text.split(',').map((name) => {
    const { success, data } = syncMode.safeParse(name.trim());
    if (!success) throw new InvalidArgumentError(`"${name}" is none of ${syncMode.options.join(', ')}.`);
    return data;
  });
  return syncMode.options.filter((mode) => asked.includes(mode));
}
