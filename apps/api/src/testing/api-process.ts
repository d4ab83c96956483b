import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';

const MAINS = {
  api: fileURLToPath(new URL('../../dist/main.js', import.meta.url)),
  projector: fileURLToPath(new URL('../../../projector/dist/main.js', import.meta.url)),
};

/** A real api or projector process on a port of its own. */
export class AppProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
    const collect = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
  }

  /**
   * Starts a process; `env` comes on top of this one's environment. Listens on a free port unless one is given; `checkout`
   * is another build's than this one's.
   */
  static async start(
    app: keyof typeof MAINS,
    env: Record<string, string>,
    givenPort?: string,
    checkout?: string,
  ): Promise<AppProcess> {
    const port = Number(givenPort ?? (await getPort({ host: '127.0.0.1' })));
    const main = checkout === undefined ? MAINS[app] : join(checkout, 'apps', app, 'dist', 'main.js');
    const child = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        SHUTDOWN_DELAY_MS: '0',
        ...env,
        PORT: String(port),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new AppProcess(child, port);
  }

  /** What the process has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Answers of `/readyz`; undefined while nothing listens yet. */
  async readyStatus(): Promise<number | undefined> {
    return fetch(`${this.url}/readyz`).then(
      (response) => response.status,
      () => undefined,
    );
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit code once the process has ended; null when a signal ended it. */
  async exit(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  /** Ends the process, whatever its state. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.signal('SIGKILL');
    await this.exit();
  }
}
