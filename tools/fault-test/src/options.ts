import { randomInt } from 'node:crypto';
import { positive, readCommandLine, UsageError, wholeNumber } from '@hybrid-sync/trials';
import { Command, InvalidArgumentError, Option } from 'commander';
import { FAULT_KINDS, type FaultKind, kindsOf } from './faults/kinds.js';
import { REPLICAS, TOPOLOGIES, type Topology } from './system/topology.js';

/** Most rounds in one run; it bounds what the run must remember. */
const MAX_ROUNDS = 1000;
/** Highest rate, in requests per second: beyond it the load generator itself would be what is tested. */
const MAX_RATE = 5000;

/** What the caller asked for, checked. */
export interface FaultTestOptions {
  readonly topology: Topology;
  /** `app.journal.wait-replicas` of the processes; 0 with a single Redis. */
  readonly waitReplicas: number;
  /** 1 to 1000. */
  readonly rounds: number;
  /** The same seed gives the same schedules and the same load. */
  readonly seed: string;
  /** Profile of the load, one of those of the replay. */
  readonly profile: string;
  /** Requests per second. */
  readonly rate: number;
  /** Least length of a round's load, in seconds; a round is never shorter than its faults. Absent: as they take. */
  readonly seconds?: number;
  /** Longest wait for the queues to empty after a round, in seconds. */
  readonly settle: number;
  /** Which faults a round has; absent: all of them, or, where it is short, deaths and freezes. */
  readonly faults?: readonly FaultKind[];
  /** Shorter faults, for CI. */
  readonly short: boolean;
  readonly json: boolean;
}

const HELP = `
Starts a system of its own (Redis, MongoDB, two api pods, two projectors) on free ports of the loopback, with all data
in a temporary folder. Two rounds have all faults between them, in an order and at times drawn from the seed: an api pod, a projector in
the middle of a drain, Redis and MongoDB are killed and started again, MongoDB and an api pod are frozen and thawed;
Redis fills up, fails over, is replaced by one with older data and another clock, its connections go silent; MongoDB is
throttled; the queues are paused, and lose keys. With sentinels or a cluster masters are killed, frozen and cut off, hand
over, lose their replicas, and give slots away, in place of what is done to a single Redis by hand. All the while each probe is held against what succeeds.
After each round every write that was acknowledged is looked up, and cache and shadows are compared.

Examples:
  $ npm run fault-test                                one round, with half of the faults
  $ npm run fault-test -- --rounds 10 --seed 1        ten rounds, the same each time
  $ npm run fault-test -- --short --seed 1            about a minute, as in the tests
  $ npm run fault-test -- --faults fail-over,kill-api  a round of these alone
  $ npm run fault-test -- --topology sentinel --rounds 2   a master, two replicas, three sentinels
  $ npm run fault-test -- --topology cluster --rounds 2    three masters with a replica each

Exit code: 0 passed; 1 something was lost or differs, or the run broke off (the folder with the logs is kept and named);
2 usage; 130 or 143 ended by SIGINT or SIGTERM.`;

/**
 * Reads the command line.
 *
 * @param argv the arguments alone, without node and script
 * @returns undefined when only help was asked for, and given
 * @throws UsageError
 */
export function parseOptions(
  argv: readonly string[],
  print: (text: string) => void,
): FaultTestOptions | undefined {
  const command = new Command('fault-test')
    .description('Kills and freezes real processes under load, then checks that nothing was lost.')
    .addOption(new Option('--topology <name>', 'what Redis is made of').choices(TOPOLOGIES).default('single'))
    .option(
      '--wait-replicas <n>',
      'app.journal.wait-replicas of the processes; all replicas of a master unless given. With fewer a planned failover by sentinels, with 0 any failover may lose what is JOURNALED',
      waitReplicas,
    )
    .option('--rounds <n>', 'rounds; two have all faults between them', wholeNumber(MAX_ROUNDS), 1)
    .option(
      '--seed <text>',
      'makes the same schedules and load again; chosen at random and printed unless given',
    )
    .option('--profile <name>', "profile of the load, as in the replay's table", 'cluster14')
    .option('--rate <n>', 'requests per second', positive(MAX_RATE), 150)
    .option(
      '--seconds <n>',
      "least length of a round's load, in seconds; never shorter than its faults",
      positive(3600),
    )
    .option('--settle <n>', 'longest wait for the queues to empty, in seconds', positive(3600), 120)
    .option('--faults <names>', `only these, with commas: ${FAULT_KINDS.join(', ')}`, faultKinds)
    .option(
      '--short',
      'shorter faults: freeze MongoDB for 3 s, kill it for 5 s; only deaths and freezes unless named',
    );
  const given = readCommandLine<
    Omit<FaultTestOptions, 'seed' | 'short' | 'json' | 'waitReplicas'> & {
      waitReplicas?: number;
      seed?: string;
      short?: true;
    }
  >(command, HELP, argv, print);
  if (given === undefined) return undefined;
  const { topology } = given;
  const strange = given.faults?.find((kind) => !kindsOf(topology).includes(kind));
  if (strange !== undefined) throw new UsageError(`a Redis that is ${topology} has no fault "${strange}"`);
  return {
    ...given,
    waitReplicas: topology === 'single' ? 0 : (given.waitReplicas ?? REPLICAS[topology]),
    seed: given.seed ?? randomInt(2 ** 31).toString(),
    short: given.short ?? false,
  };
}

function waitReplicas(text: string): number {
  if (!/^[0-2]$/.test(text)) throw new InvalidArgumentError('It must be 0, 1 or 2.');
  return Number(text);
}

function faultKinds(text: string): FaultKind[] {
  return [...new Set(text.split(','))].map((name) => {
    const kind = FAULT_KINDS.find((each) => each === name.trim());
    if (kind === undefined) throw new InvalidArgumentError(`There is no fault "${name.trim()}".`);
    return kind;
  });
}
