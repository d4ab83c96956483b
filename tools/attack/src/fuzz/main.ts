import { withServices } from '@hybrid-sync/services';
import { positive, readCommandLine, runTrial, wholeNumber } from '@hybrid-sync/trials';
import { Command } from 'commander';
import { startPod } from '../pod-under-attack.js';
import { type FuzzReport, fuzz } from './fuzz.js';

const HELP = `
Starts Redis, MongoDB and one api pod on the loopback, with all data in a temporary folder, and sends requests that are
made up by the pod's own OpenAPI document: such as fit it, nearly fit it, and don't.

Exit code: 0 passed; 1 an answer was of 5xx, is not in the document, or did not come; 2 usage.`;
const HEAP_MB = 512;
const MOST_SEED = 2 ** 31 - 1;

process.exitCode = await runTrial(
  (argv, print) => {
    const command = new Command('fuzz')
      .description('Fuzzes a pod of its own by its OpenAPI document.')
      .option('--requests <n>', 'how many', wholeNumber(10_000_000), 10_000)
      .option('--seconds <n>', 'after which no more are sent', positive(86_400), 600)
      .option(
        '--seed <n>',
        'makes up the same requests as another run with it; any unless given',
        wholeNumber(MOST_SEED),
      );
    return readCommandLine<{ requests: number; seconds: number; seed?: number }>(command, HELP, argv, print);
  },
  ({ requests, seconds, seed = Math.floor(Math.random() * MOST_SEED) }, { progress, signal }) =>
    withServices('fuzz', signal, async ({ redisUrl, mongodbUrl }, folder) => {
      const env = { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl };
      const pod = await startPod({ heapMb: HEAP_MB, folder, env }, signal);
      try {
        const report = await fuzz({
          url: pod.url,
          token: pod.adminToken,
          ...{ requests, seconds, seed, signal },
          onProgress: (answered) => progress.say(`${answered} of ${requests} answered`),
        });
        return { report, text: textOf(report), faults: report.faults };
      } finally {
        await pod.stop();
      }
    }),
);

function textOf({ answered, operations, byStatus, seed, faults }: FuzzReport): string {
  const statuses = Object.entries(byStatus).map(([status, count]) => `${status}: ${count}`);
  return [
    `${answered} requests for ${operations} operations answered (${statuses.join(', ')}), seed ${seed}`,
    ...faults,
    faults.length === 0
      ? 'no answer of 5xx, and none that the document does not have'
      : `${faults.length} faults`,
  ].join('\n');
}
