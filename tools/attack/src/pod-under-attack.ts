import { createRequire } from 'node:module';
import { createToken } from '@hybrid-sync/access-tokens';
import { appProcess, processorSeconds, residentBytes, type ServiceProcess } from '@hybrid-sync/services';
import getPort from 'get-port';
import type { Target } from './target.js';

const MAIN = createRequire(import.meta.url).resolve('@hybrid-sync/api/bin');

/** How a {@link PodUnderAttack} is started. */
export interface PodUnderAttackOptions {
  /** Its heap, in MiB. */
  readonly heapMb: number;
  /** Where its log goes. */
  readonly folder: string;
  /** Where it finds its stores, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is attacked: a pod with a small heap and a process of its own, with a token of each role. */
export class PodUnderAttack implements Target {
  readonly port: number;
  readonly redisPort: number;
  readonly readToken: string;
  readonly writeToken: string;
  readonly adminToken: string;
  readonly #process: ServiceProcess;

  private constructor({ heapMb, folder, env }: PodUnderAttackOptions, port: number, redisPort: number) {
    this.port = port;
    this.redisPort = redisPort;
    const reader = createToken({ name: 'attacker', role: 'read' });
    const writer = createToken({ name: 'bystander', role: 'write' });
    const operator = createToken({ name: 'operator', role: 'admin' });
    this.readToken = reader.token;
    this.writeToken = writer.token;
    this.adminToken = operator.token;
    this.#process = appProcess({
      name: 'api',
      main: MAIN,
      nodeArgs: [`--max-old-space-size=${heapMb}`],
      port,
      dataDir: folder,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        ...env,
        REDIS_LISTEN_PORT: String(redisPort),
        API_TOKENS: `${reader.entry} ${writer.entry} ${operator.entry}`,
      },
    });
  }

  /** Starts a pod and waits until it is ready. @throws ServiceStartError with the end of its log when it does not become so */
  static async start(options: PodUnderAttackOptions, signal: AbortSignal): Promise<PodUnderAttack> {
    const free = () => getPort({ host: '127.0.0.1' });
    const pod = new PodUnderAttack(options, await free(), await free());
    await pod.#process.start(signal);
    return pod;
  }

  /** Whether its process still runs. */
  get lives(): boolean {
    return this.#process.pid !== undefined;
  }

  /** Processor time that it has used so far, in milliseconds; undefined where that is not known. */
  async processorMs(): Promise<number | undefined> {
    const seconds = await processorSeconds(this.#process.pid === undefined ? [] : [this.#process.pid]);
    return seconds && 1000 * seconds;
  }

  /** Memory that it has in use now, in bytes; 0 where that is not known. */
  async memoryBytes(): Promise<number> {
    return (this.#process.pid && (await residentBytes(this.#process.pid))) || 0;
  }

  async stop(): Promise<void> {
    await this.#process.signal('SIGKILL');
    await this.#process.stop();
  }
}
