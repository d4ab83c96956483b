import { fileURLToPath } from 'node:url';
import { ServicesError, tellError } from '../errors.js';
import { untilSignal } from '../process/until-signal.js';
import { TerminalProgress } from '../terminal-progress.js';
import { type RunningSystem, startSystem } from './start-system.js';
import { summaryOf } from './summary.js';

const inRepository = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
/** The scripts of a build: bundles start faster; a stack and a debugger show modules as they were written. */
const APPS = {
  bundles: {
    api: 'apps/api/bin/hybrid-sync-api.js',
    projector: 'apps/projector/bin/hybrid-sync-projector.js',
  },
  modules: { api: 'apps/api/dist/main.js', projector: 'apps/projector/dist/main.js' },
};

/**
 * Runs the whole system on this machine until a signal ends it. HYBRID_SYNC_DATA_DIR is the folder for all data and logs,
 * `.data` in the checkout unless set; what else it reads from the environment {@link startSystem} says. All of it is
 * passed on to the api and the projector.
 *
 * @param kind which scripts of the build run
 * @param meanwhile what goes on while the system runs; it ends when the signal aborts
 * @returns the exit code: 0 when it was asked to stop, 1 when it could not start or a part of it ended by itself
 */
export async function runSystem(
  kind: keyof typeof APPS,
  meanwhile?: (system: RunningSystem, signal: AbortSignal) => void,
): Promise<number> {
  const interrupted = untilSignal(() => console.error('Still stopping, in order; a moment.'));
  const asked = new Promise<undefined>((resolve) => {
    interrupted.addEventListener('abort', () => resolve(undefined));
  });
  const beganAt = performance.now();
  try {
    const system = await startSystem({
      dataDir: process.env.HYBRID_SYNC_DATA_DIR || inRepository('.data'),
      apps: { api: inRepository(APPS[kind].api), projector: inRepository(APPS[kind].projector) },
      env: process.env,
      progress: new TerminalProgress(),
      signal: interrupted,
    });
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1);
    console.log(`\nhybrid-sync is ready (${seconds} s)\n\n${summaryOf(system)}\n\nPress Ctrl-C to stop.`);
    meanwhile?.(system, interrupted);
    const failure = await Promise.race([asked, system.failure]);
    if (failure !== undefined) console.error(`\n${failure}\n`);
    console.error('Stopping.');
    await system.stop();
    console.error('Stopped.');
    return failure === undefined ? 0 : 1;
  } catch (error) {
    if (interrupted.aborted) {
      console.error('Stopped before it was ready.');
      return 0;
    }
    if (!(error instanceof ServicesError)) throw error;
    console.error(`\n${tellError(error)}`);
    return 1;
  }
}
