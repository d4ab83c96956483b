import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '@hybrid-sync/services';
import { EXIT, positive, readCommandLine, runProgram, tableWith, whole } from '@hybrid-sync/trials';
import { Command } from 'commander';
import { type AttackCost, attackAll, faultsIn, MOST_MS } from './attack.js';

const HELP = `
Starts Redis, MongoDB and one api pod with a small heap on the loopback, with all data in a temporary folder, and attacks
the pod, one way after the other, while another client writes.

Exit code: 0 passed; 1 the pod died, or a write of the other client failed or took longer than ${MOST_MS} ms; 2 usage.`;
const MIB = 1024 * 1024;

interface Given {
  readonly seconds: number;
  readonly heap: number;
  readonly json?: true;
}

function tableOf(costs: readonly AttackCost[]): string {
  const head = ['attack', 'with', 'processor', 'of a core', 'memory', 'slowest write', 'writes', 'pod'];
  const table = tableWith(head, 2);
  for (const cost of costs) {
    table.push([
      cost.name,
      cost.with,
      `${Math.round(cost.processorMs)} ms`,
      `${Math.round(100 * cost.processorShare)} %`,
      `${Math.round(cost.memoryBytes / MIB)} MiB`,
      `${Math.round(cost.slowestMs)} ms`,
      String(cost.writes),
      cost.lived ? 'lives' : 'died',
    ]);
  }
  return table.toString();
}

process.exitCode = await runProgram(
  async ({ progress, signal }) => {
    const command = new Command('attack')
      .description('Attacks a pod of its own, and says what each attack cost it and its other clients.')
      .option('--seconds <n>', 'how long each attack goes on', positive(600), 10)
      .option('--heap <MiB>', "the pod's heap", whole(65_536), 256)
      .option('--json', 'print one JSON object instead of a table');
    const given = readCommandLine<Given>(command, HELP, process.argv.slice(2), (text) =>
      process.stdout.write(text),
    );
    if (given === undefined) return EXIT.passed;
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-attack-'));
    try {
      const services = await startServices({ dataDir: folder, signal });
      try {
        const costs = await attackAll(
          {
            heapMb: given.heap,
            seconds: given.seconds,
            scale: 1,
            env: { REDIS_URL: services.redisUrl, MONGODB_URL: services.mongodbUrl },
          },
          (line) => progress.say(line),
          signal,
        );
        const faults = faultsIn(costs);
        const report = given.json
          ? JSON.stringify({ costs, faults })
          : [tableOf(costs), ...faults].join('\n');
        process.stdout.write(`${report}\n`);
        return faults.length === 0 ? EXIT.passed : EXIT.failed;
      } finally {
        await services.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  { ending: 'stopping everything that was started', ended: '' },
);
