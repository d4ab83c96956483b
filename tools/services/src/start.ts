import { fileURLToPath } from 'node:url';
import { ServicesError, tellError } from './errors.js';
import { startSystem } from './system/start-system.js';
import { summaryOf } from './system/summary.js';
import { TerminalProgress } from './terminal-progress.js';

/**
 * `npm start`: the whole system on this machine until Ctrl-C. Exits 0 when it was asked to stop, 1 when it could not
 * start or a part of it ended by itself, 2 for arguments, of which it takes none.
 *
 * From the environment: HYBRID_SYNC_DATA_DIR (folder for all data and logs, `.data` in the checkout unless set), and
 * what {@link startSystem} reads. All of it is passed on to the api and the projector.
 */
const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const USAGE = `Usage: npm start

Runs the whole system on this machine until Ctrl-C. It takes no arguments, but settings from the environment:
  PORT, PROJECTOR_PORT       where the api and the projector listen
  REDIS_URL, MONGODB_URL     running services to use instead of starting some
  HYBRID_SYNC_DATA_DIR       where data and logs are kept; .data in the checkout unless set
docs/operations.md lists the others.`;

// The terminal may close before the stop is done; what can't be told any more must not end it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const interrupted = new AbortController();
const asked = new Promise<undefined>((resolve) => {
  interrupted.signal.addEventListener('abort', () => resolve(undefined));
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) console.error('Still stopping, in order; a moment.');
    interrupted.abort(signal);
  });
}

const unknown = process.argv.slice(2);
if (unknown.length > 0) {
  console.error(
    `npm start takes no arguments, but was given: ${JSON.stringify(unknown.join(' '))}\n\n${USAGE}`,
  );
  process.exit(2);
}
process.exitCode = await run();

async function run(): Promise<number> {
  const beganAt = performance.now();
  try {
    const system = await startSystem({
      dataDir: process.env.HYBRID_SYNC_DATA_DIR || inRepository('.data'),
      apps: {
        api: inRepository('apps/api/dist/main.js'),
        projector: inRepository('apps/projector/dist/main.js'),
      },
      env: process.env,
      progress: new TerminalProgress(),
      signal: interrupted.signal,
    });
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1);
    console.log(`\nhybrid-sync is ready (${seconds} s)\n\n${summaryOf(system)}\n\nPress Ctrl-C to stop.`);
    const failure = await Promise.race([asked, system.failure]);
    if (failure !== undefined) console.error(`\n${failure}\n`);
    console.error('Stopping.');
    await system.stop();
    console.error('Stopped.');
    return failure === undefined ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) {
      console.error('Stopped before it was ready.');
      return 0;
    }
    if (!(error instanceof ServicesError)) throw error;
    console.error(`\n${tellError(error)}`);
    return 1;
  }
}
