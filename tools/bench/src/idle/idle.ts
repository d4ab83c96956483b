import { type Cells, tableOf } from '@hybrid-sync/trials';
import type { Measuring } from '../measure/measuring.js';
import { type MachineFacts, machineFacts } from '../system/machine-facts.js';
import { type ManyPodsCost, measureManyPods } from './many-pods.js';
import { type IdleCast, type IdleCost, measureIdle } from './measure-idle.js';

/** What idle processes cost; `--idle --json` prints it as it stands. */
export interface IdleReport extends MachineFacts {
  readonly seconds: number;
  readonly costs: readonly IdleCost[];
  /** Where so many pods were asked for. */
  readonly manyPods?: readonly ManyPodsCost[];
}

const CASTS: readonly IdleCast[] = [{ api: 1 }, { api: 4 }, { projector: 1 }, { projector: 3 }];
/** Causes that are rarer are one line, in a second. */
const RARE = 0.05;

/** Measures what processes cost that have nothing to do. */
export async function idle(given: Measuring): Promise<IdleReport> {
  const { system, options, progress } = given;
  const { seconds, pods } = options;
  const about = { seconds, ...(await machineFacts(system)) };
  if (pods !== undefined) {
    progress.say(`idle: the hearts of ${pods} pods`);
    return { ...about, costs: [], manyPods: await measureManyPods(given, pods) };
  }
  const costs: IdleCost[] = [];
  for (const cast of CASTS) {
    progress.say(`idle: ${castName(cast)}`);
    costs.push(await measureIdle(given, cast));
  }
  return { ...about, costs };
}

/** One line for each number of processes, and one for each cause. */
export function idleCells({ costs, manyPods = [] }: IdleReport): Cells[] {
  return [
    tableOf(
      'Hearts of many pods, each on a connection of its own',
      manyPods.map(({ pods, busy, beats, redisProcessor }) => ({
        pods,
        busy: busy ? 'yes' : 'no',
        'beats/s': beats.toFixed(0),
        '% of a core in Redis': percent(redisProcessor),
      })),
    ),
    tableOf(
      'Idle processes; the mean of one of them',
      costs.map((cost) => ({
        processes: castName(cost.cast),
        '% of a core': cost.processor === undefined ? '' : percent(cost.processor),
        '% of a core in Redis': percent(cost.redisProcessor),
        'Redis commands/s': cost.redisCommands.toFixed(1),
        'MongoDB commands/s': cost.mongodbCommands.toFixed(1),
        'Redis connections': Math.round(10 * cost.redisConnections) / 10,
        'MongoDB connections': Math.round(10 * cost.mongodbConnections) / 10,
      })),
    ),
    tableOf(
      'By cause',
      costs.flatMap(({ cast, byCause }) => [
        ...causeLines(castName(cast), 'Redis', byCause.redis),
        ...causeLines(castName(cast), 'MongoDB', byCause.mongodb),
      ]),
    ),
  ];
}

function causeLines(processes: string, store: string, causes: Readonly<Record<string, number>>) {
  const often = Object.entries(causes).filter(([, rate]) => rate >= RARE);
  const others = Object.values(causes)
    .filter((rate) => rate < RARE)
    .reduce((sum, rate) => sum + rate, 0);
  return [...often, ...(others > 0 ? [['others', others] as const] : [])].map(([cause, rate]) => ({
    processes,
    cause: `${store}, ${cause}`,
    'a second': rate.toFixed(2),
  }));
}

/** Which processes, and how many, in words. */
function castName(cast: IdleCast): string {
  return Object.entries(cast)
    .map(([kind, number]) => `${number} ${kind}`)
    .join(', ');
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}
