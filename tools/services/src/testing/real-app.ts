import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { RealProgram } from './real-program.js';

/** The processes that the system consists of. */
export type AppName = 'api' | 'projector';

const THIS_BUILD = fileURLToPath(new URL('../../../..', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** What runs, and where it listens. */
export interface RealAppOptions {
  /** A free port unless given. */
  readonly port?: number;
  /** The script of another build, or of an installed package. */
  readonly script?: string | undefined;
}

/** A real api or projector process on a port of its own. */
export class RealApp extends RealProgram {
  readonly url: string;

  private constructor(script: string, env: NodeJS.ProcessEnv, port: number) {
    super(script, [], env);
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts a process, which is not ready yet; `env` comes on top of this one's environment. */
  static async launch(
    app: AppName,
    env: NodeJS.ProcessEnv,
    {
      port: given,
      script = join(THIS_BUILD, 'apps', app, 'bin', `hybrid-sync-${app}.js`),
    }: RealAppOptions = {},
  ): Promise<RealApp> {
    const port = given ?? (await getPort({ host: '127.0.0.1' }));
    const own = { NODE_ENV: 'production', HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '0' };
    return new RealApp(script, { ...process.env, ...own, ...env, PORT: String(port) }, port);
  }

  /** What it has logged so far, one object a line. */
  get logged(): Record<string, unknown>[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  /** What it tells Prometheus. */
  async scrape(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** Answers of `/readyz`; undefined while nothing listens yet. */
  async readyStatus(): Promise<number | undefined> {
    return fetch(`${this.url}/readyz`).then(
      (response) => response.status,
      () => undefined,
    );
  }

  /** Resolves when it is ready. @throws Error with what it printed when it ends before, or takes longer than a minute */
  async ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while ((await this.readyStatus()) !== 200) {
      if (this.hasEnded || Date.now() > deadline) throw new Error(`it did not become ready:\n${this.output}`);
      await delay(50);
    }
  }
}
