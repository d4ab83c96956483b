import { randomInt } from 'node:crypto';
import { type OptionsParser, positive, readCommandLine, UsageError, wholeNumber } from '@hybrid-sync/trials';
import { Command, InvalidArgumentError } from 'commander';

/** Most requests in one run; it bounds what the run must remember (some 200 bytes per key written). */
const MAX_REQUESTS = 5_000_000;

/** What the caller asked for, checked. */
export interface ReplayOptions {
  readonly profile: string;
  /** Length of the load, in seconds. */
  readonly seconds: number;
  /** Requests per second. */
  readonly rate: number;
  /** Given again, it makes the same requests. */
  readonly seed: string;
  /** Length of the fast path's outage in seconds; undefined for none. */
  readonly fastPathOutage?: number;
  /** Most requests under way at once. */
  readonly inFlight: number;
  /** Longest wait of one request, in seconds. */
  readonly timeout: number;
  /** Longest wait for the queues to empty, in seconds. */
  readonly settle: number;
  readonly api: string;
  readonly redis?: string;
  readonly queueRedis?: string;
  readonly mongodb?: string;
  readonly json: boolean;
  /** Only resume the fast queue, run nothing. */
  readonly resumeFastPath: boolean;
}

const EXAMPLES = `
Examples:
  $ npm start                                                    start the service, in another terminal
  $ npm run replay                                               cluster12, 60 s, 500 requests/s
  $ npm run replay -- --profile cluster14 --seconds 20           many deletes
  $ npm run replay -- --profile cluster12 --fast-path-outage 20  the fast path fails in the middle
  $ npm run --silent replay -- --seed 4711 --json > run.json     the same requests each time; the report as JSON
  $ npm run replay -- --resume-fast-path                         undo a paused fast queue by hand

Profiles: the clusters in tools/trials/profiles/twitter-cache-clusters.csv; an unknown name lists them.

Redis and MongoDB are found, each on its own: the option, else REDIS_URL, QUEUE_REDIS_URL, MONGODB_URL,
else what "npm start" left in .data/services.json. Other settings of the service (HYBRID_SYNC_NAMESPACE,
CONFIG_FILE, ...) are read from the environment, as the service reads them.

Exit code: 0 passed; 1 a mismatch, lost write, wrong read, or queues not empty in time, or the run broke off;
2 the run could not start as asked for; 130 or 143 ended by SIGINT or SIGTERM.`;

/** Reads the command line. */
export const parseOptions: OptionsParser<ReplayOptions> = (argv, print) => {
  const command = new Command('replay')
    .description(
      'Replays the load of a real production cache against the running api, then compares cache and shadow.',
    )
    .option('--profile <name>', 'profile to replay', 'cluster12')
    .option('--seconds <n>', 'length of the load, in seconds', positive(), 60)
    .option('--rate <n>', 'requests per second', positive(), 500)
    .option('--seed <text>', 'makes the same requests again; chosen at random and printed unless given')
    .option(
      '--fast-path-outage <n>',
      'let the fast path fail for so many seconds in the middle of the load',
      positive(),
    )
    .option('--in-flight <n>', 'most requests under way at once; beyond it arrivals wait', wholeNumber(), 512)
    .option('--timeout <n>', 'longest wait of one request, in seconds', positive(), 15)
    .option(
      '--settle <n>',
      'longest wait for the queues to empty after the load, in seconds',
      positive(),
      120,
    )
    .option('--api <url>', 'where the api listens', httpUrl, 'http://127.0.0.1:8080')
    .option('--redis <url>', 'Redis of the cache')
    .option('--queue-redis <url>', "Redis of the queues; the cache's unless given")
    .option('--mongodb <url>', 'MongoDB of the shadows')
    .option('--resume-fast-path', 'resume the paused fast queue, and do nothing else');
  const given = readCommandLine<
    Omit<ReplayOptions, 'json' | 'seed' | 'resumeFastPath'> & { seed?: string; resumeFastPath?: true }
  >(command, EXAMPLES, argv, print);
  if (given === undefined) return undefined;
  checkSizes(given);
  return {
    ...given,
    seed: given.seed ?? randomInt(2 ** 31).toString(),
    resumeFastPath: given.resumeFastPath ?? false,
  };
};

function checkSizes({
  seconds,
  rate,
  fastPathOutage,
}: Pick<ReplayOptions, 'seconds' | 'rate' | 'fastPathOutage'>): void {
  const requests = Math.round(seconds * rate);
  if (requests < 1 || requests > MAX_REQUESTS) {
    throw new UsageError(
      `${seconds} s at ${rate} requests/s are ${requests} requests; a run has 1 to ${MAX_REQUESTS.toLocaleString('en-US')}`,
    );
  }
  if (fastPathOutage !== undefined && fastPathOutage >= seconds) {
    throw new UsageError(`an outage of ${fastPathOutage} s does not fit into a load of ${seconds} s`);
  }
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('It must start with http:// or https://.');
  }
  return text;
}
