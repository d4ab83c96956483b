import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { createToken } from '@hybrid-sync/access-tokens';
import getPort from 'get-port';
import type { Target } from './target.js';

const MAIN = createRequire(import.meta.url).resolve('@hybrid-sync/api/bin');
/** How long a pod may take until it is ready, in milliseconds. */
const READY_MS = 60_000;
/** What Linux counts processor time in, in milliseconds. */
const TICK_MS = 10;
const KIB = 1024;

/** What is attacked: a pod with a small heap and a process of its own, with a token of each role. */
export class Pod implements Target {
  readonly port: number;
  readonly redisPort: number;
  readonly readToken: string;
  readonly writeToken: string;
  readonly adminToken: string;
  readonly #child: ChildProcess;
  #output = '';

  /** `heapMb`: its heap, in MiB. `env`: where its stores are. */
  private constructor(
    port: number,
    redisPort: number,
    heapMb: number,
    env: Readonly<Record<string, string>>,
  ) {
    this.port = port;
    this.redisPort = redisPort;
    const reader = createToken({ name: 'attacker', role: 'read' });
    const writer = createToken({ name: 'bystander', role: 'write' });
    const operator = createToken({ name: 'operator', role: 'admin' });
    this.adminToken = operator.token;
    this.readToken = reader.token;
    this.writeToken = writer.token;
    this.#child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, MAIN], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        SHUTDOWN_DELAY_MS: '0',
        ...env,
        PORT: String(port),
        REDIS_LISTEN_PORT: String(redisPort),
        API_TOKENS: `${reader.entry} ${writer.entry} ${operator.entry}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.#output = `${this.#output}${data}`.slice(-4096);
      });
    }
  }

  /** Starts a pod and waits until it is ready. @throws Error with the end of its log when it does not become so */
  static async start(
    heapMb: number,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Pod> {
    const pod = new Pod(
      await getPort({ host: '127.0.0.1' }),
      await getPort({ host: '127.0.0.1' }),
      heapMb,
      env,
    );
    try {
      const until = performance.now() + READY_MS;
      while (!(await pod.#isReady())) {
        signal.throwIfAborted();
        if (!pod.lives || performance.now() > until) throw new Error(`the pod did not start: ${pod.#output}`);
        await pause(100);
      }
      return pod;
    } catch (error) {
      await pod.stop();
      throw error;
    }
  }

  /** Whether its process still runs. */
  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Processor time that it has used so far, in milliseconds. */
  processorMs(): number {
    // Fields are counted behind the name, which may hold spaces: 14 and 15 are user and system time.
    const fields = this.#read('stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return TICK_MS * (Number(fields[11] ?? 0) + Number(fields[12] ?? 0));
  }

  /** Memory that it has in use now, in bytes. */
  memoryBytes(): number {
    return KIB * Number(/^VmRSS:\s+(\d+)/m.exec(this.#read('status'))?.[1] ?? 0);
  }

  async stop(): Promise<void> {
    if (!this.lives) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #isReady(): Promise<boolean> {
    const asked = fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(1000) });
    return asked.then(({ ok }) => ok).catch(() => false);
  }

  #read(file: 'stat' | 'status'): string {
    if (!this.lives) return '';
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8');
  }
}
