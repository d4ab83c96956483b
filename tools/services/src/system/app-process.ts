import { join } from 'node:path';
import { ServiceProcess } from '../process/service-process.js';

/** How long an app may take until it is ready, in milliseconds. */
const READY_TIMEOUT_MS = 60_000;
/** How long one look at an app's health may take, in milliseconds. */
const HEALTH_TIMEOUT_MS = 2_000;
/** Apps give themselves 24.5 s to finish what is under way. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Options of Node for every process under load, as deploy/docker/Dockerfile has them. What a write leaves behind lives as
 * long as the write; with the default of 16 MB for young objects most of it is copied again and again before it dies.
 * Under 500 clients without a store garbage collection took 28 % of a pod's time, and 19 % with 32 MB.
 */
export const NODE_ARGS: readonly string[] = ['--max-semi-space-size=32'];

/** One of the system's own processes. */
export interface AppOptions {
  /** Name for messages and files, such as `api` or `projector`. */
  readonly name: string;
  /** The script to run. */
  readonly main: string;
  /** Options of Node itself, beside {@link NODE_ARGS}. */
  readonly nodeArgs?: readonly string[] | undefined;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** The data folder. */
  readonly dataDir: string;
  /** Environment beside `PORT` and `HOST`; a stop has no delay unless it gives one, for no balancer is in front. */
  readonly env: NodeJS.ProcessEnv;
}

/** An app as a process. */
export class AppProcess extends ServiceProcess {
  /** Where it listens, without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
}

/** An app as a process: ready when `GET /readyz` says 200. */
export function appProcess({ name, main, nodeArgs = [], port, dataDir, env }: AppOptions): AppProcess {
  return new AppProcess({
    name,
    port,
    command: process.execPath,
    args: [...NODE_ARGS, ...nodeArgs, main],
    env: { SHUTDOWN_DELAY_MS: '0', ...env, PORT: String(port), HOST: '127.0.0.1' },
    logFile: join(dataDir, 'logs', `${name}.log`),
    recordFile: join(dataDir, `${name}.json`),
    commandMark: main,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    isReady: async () => {
      const url = `http://127.0.0.1:${port}/readyz`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
      await answer.body?.cancel();
      return answer.status === 200;
    },
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}
