import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '@hybrid-sync/services';
import { EXIT, positive, readCommandLine, runProgram, whole } from '@hybrid-sync/trials';
import { Command } from 'commander';
import { Pod } from '../pod.js';
import { type FuzzReport, fuzz } from './fuzz.js';

const HELP = `
Starts Redis, MongoDB and one api pod on the loopback, with all data in a temporary folder, and sends requests that are
made up by the pod's own OpenAPI document: such as fit it, nearly fit it, and don't.

Exit code: 0 passed; 1 an answer was of 5xx, is not in the document, or did not come; 2 usage.`;
const HEAP_MB = 512;
const MOST_SEED = 2 ** 31 - 1;

interface Given {
  readonly requests: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly json?: true;
}

process.exitCode = await runProgram(
  async ({ progress, signal }) => {
    const command = new Command('fuzz')
      .description('Fuzzes a pod of its own by its OpenAPI document.')
      .option('--requests <n>', 'how many', whole(10_000_000), 10_000)
      .option('--seconds <n>', 'after which no more are sent', positive(86_400), 600)
      .option(
        '--seed <n>',
        'makes up the same requests as another run with it; any unless given',
        whole(MOST_SEED),
      )
      .option('--json', 'print one JSON object instead of lines');
    const given = readCommandLine<Given>(command, HELP, process.argv.slice(2), (text) =>
      process.stdout.write(text),
    );
    if (given === undefined) return EXIT.passed;
    const seed = given.seed ?? Math.floor(Math.random() * MOST_SEED);
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-fuzz-'));
    try {
      const services = await startServices({ dataDir: folder, signal });
      try {
        const env = { REDIS_URL: services.redisUrl, MONGODB_URL: services.mongodbUrl };
        const pod = await Pod.start(HEAP_MB, env, signal);
        try {
          const report = await fuzz({
            url: `http://127.0.0.1:${pod.port}`,
            token: pod.adminToken,
            requests: given.requests,
            seconds: given.seconds,
            seed,
            signal,
            onProgress: (answered) => progress.say(`${answered} of ${given.requests} answered`),
          });
          process.stdout.write(`${given.json ? JSON.stringify(report) : linesOf(report)}\n`);
          return report.faults.length === 0 ? EXIT.passed : EXIT.failed;
        } finally {
          await pod.stop();
        }
      } finally {
        await services.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  { ending: 'stopping everything that was started', ended: '' },
);

function linesOf({ answered, operations, byStatus, seed, faults }: FuzzReport): string {
  const statuses = Object.entries(byStatus).map(([status, count]) => `${status}: ${count}`);
  return [
    `${answered} requests for ${operations} operations answered (${statuses.join(', ')}), seed ${seed}`,
    ...faults,
    faults.length === 0
      ? 'no answer of 5xx, and none that the document does not have'
      : `${faults.length} faults`,
  ].join('\n');
}
