import { withServices } from '@hybrid-sync/services';
import {
  type Cells,
  positive,
  readCommandLine,
  runTrial,
  tableOf,
  textOf,
  wholeNumber,
} from '@hybrid-sync/trials';
import { Command } from 'commander';
import { type AttackCost, attackAll, faultsIn, MOST_MS } from './attack.js';

const HELP = `
Starts Redis, MongoDB and one api pod with a small heap on the loopback, with all data in a temporary folder, and attacks
the pod, one way after the other, while another client writes.

Exit code: 0 passed; 1 the pod died, or a write of the other client failed or took longer than ${MOST_MS} ms; 2 usage.`;
const MIB = 1024 * 1024;

function cellsOf(costs: readonly AttackCost[]): Cells {
  const lines = costs.map((cost) => ({
    attack: cost.name,
    with: cost.with,
    processor: `${Math.round(cost.processorMs)} ms`,
    'of a core': `${Math.round(100 * cost.processorShare)} %`,
    memory: `${Math.round(cost.memoryBytes / MIB)} MiB`,
    'slowest write': `${Math.round(cost.slowestMs)} ms`,
    writes: cost.writes,
    pod: cost.lived ? 'lives' : 'died',
  }));
  return tableOf('Attacks, each with its smallest means', lines, 2);
}

process.exitCode = await runTrial(
  (argv, print) => {
    const command = new Command('attack')
      .description('Attacks a pod of its own, and says what each attack cost it and its other clients.')
      .option('--seconds <n>', 'how long each attack goes on', positive(600), 10)
      .option('--heap <MiB>', "the pod's heap", wholeNumber(65_536), 256);
    return readCommandLine<{ seconds: number; heap: number }>(command, HELP, argv, print);
  },
  ({ seconds, heap: heapMb }, { progress, signal }) =>
    withServices('attack', signal, async ({ redisUrl, mongodbUrl }, folder) => {
      const env = { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl };
      const options = { heapMb, folder, env, seconds, scale: 1 };
      const costs = await attackAll(options, (line) => progress.say(line), signal);
      const faults = faultsIn(costs);
      return { report: { costs, faults }, text: [textOf([cellsOf(costs)]), ...faults].join('\n'), faults };
    }),
);
