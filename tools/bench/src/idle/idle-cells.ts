import { type Cells, tableOf } from '@hybrid-sync/trials';
import { castName, type IdleReport } from './idle.js';

/** Causes that are rarer are one line, in a second. */
const RARE = 0.05;

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
    {
      title: 'By cause',
      head: ['processes', 'cause', 'a second'],
      rows: costs.flatMap(({ cast, byCause }) =>
        Object.entries({ Redis: byCause.redis, MongoDB: byCause.mongodb }).flatMap(([store, causes]) =>
          causeRows(castName(cast), store, causes),
        ),
      ),
    },
  ];
}

function causeRows(processes: string, store: string, causes: Readonly<Record<string, number>>): string[][] {
  const often = Object.entries(causes).filter(([, rate]) => rate >= RARE);
  const others = Object.values(causes)
    .filter((rate) => rate < RARE)
    .reduce((sum, rate) => sum + rate, 0);
  const line = (cause: string, rate: number) => [processes, `${store}, ${cause}`, rate.toFixed(2)];
  return [
    ...often.map(([cause, rate]) => line(cause, rate)),
    ...(others > 0 ? [line('others', others)] : []),
  ];
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}
