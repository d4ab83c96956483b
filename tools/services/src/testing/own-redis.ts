import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { Redis, type RedisOptions } from 'ioredis';
import { ServiceLine } from '../line/service-line.js';
import { findExecutable } from '../process/executables.js';
import { waitUntil } from '../process/wait-until.js';
import { installRedis } from '../redis/install-redis.js';
import { redisUrl } from '../redis/redis-server.js';
import type { OwnCertificates } from './own-certificates.js';

/** How long it may take to answer, in milliseconds. */
const READY_MS = 20_000;

/** What an {@link OwnRedis} is started with. */
export interface OwnRedisOptions {
  /** Its settings, as in redis.conf; no append-only file and no snapshots unless given. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** TCP port on 127.0.0.1; a free one unless given. */
  readonly port?: number;
  /** What clients have to say to be let in; nothing unless given. */
  readonly password?: string;
  /** What it shows, and whose certificates it takes, at a second port at which it speaks TLS. */
  readonly tls?: OwnCertificates;
  /** Lines of a configuration file that it may rewrite, by which it runs as a sentinel. */
  readonly sentinel?: string;
  /** Replicas, sentinels, other nodes and so clients are told to come by a line, which a test can cut. */
  readonly line?: 'of a replica' | 'of a node';
  /** File that takes what it prints; nothing does unless given. */
  readonly logFile?: string;
}

/** How its process is started, the first time and again. */
interface Start {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string | undefined;
}

/**
 * A Redis of a test's own, for what must not be done to the one that all tests share: memory limits, fail-overs,
 * FLUSHALL, kills. Its data are gone with it.
 */
export class OwnRedis {
  readonly port: number;
  /** Where it speaks TLS, if it does. */
  readonly tlsPort: number | undefined;
  /** Its URL, with its password. */
  readonly url: string;
  /** The line by which others reach it, where it has one. */
  readonly line: ServiceLine | undefined;
  readonly #folder: string;
  readonly #start: Start;
  #child: ChildProcess;
  readonly #clients: Redis[] = [];

  private constructor(
    { port, tlsPort, line }: Pick<OwnRedis, 'port' | 'tlsPort' | 'line'>,
    folder: string,
    start: Start,
    child: ChildProcess,
    password?: string,
  ) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.line = line;
    this.url = redisUrl(port, password);
    this.#folder = folder;
    this.#start = start;
    this.#child = child;
  }

  /** Starts one; resolves when it answers. @throws when it does not in 20 s */
  static async start({
    settings = {},
    env = {},
    port,
    password,
    tls,
    sentinel,
    line: lineAs,
    logFile,
  }: OwnRedisOptions = {}): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-redis-'));
    await mkdir(join(folder, 'data'));
    const executable =
      (await findExecutable(['redis-server', 'valkey-server'])) ?? (await installRedis(folder));
    const listen = port ?? (await getPort({ host: '127.0.0.1' }));
    const tlsPort = tls && (await getPort({ host: '127.0.0.1' }));
    const line = lineAs && (await ServiceLine.to(redisUrl(listen)));
    await line?.open();
    const announced = lineAs === 'of a node' ? 'cluster-announce' : 'replica-announce';
    const all = {
      bind: '127.0.0.1',
      port: String(listen),
      dir: join(folder, 'data'),
      ...(sentinel === undefined && { save: '', appendonly: 'no' }),
      ...(password !== undefined && { requirepass: password }),
      ...(tls && {
        'tls-port': String(tlsPort),
        'tls-cert-file': tls.server.certificate,
        'tls-key-file': tls.server.key,
        'tls-ca-cert-file': tls.ca,
        'tls-auth-clients': 'yes',
      }),
      ...(line && { [`${announced}-ip`]: '127.0.0.1', [`${announced}-port`]: new URL(line.url).port }),
      ...settings,
    };
    const args = Object.entries<string>(all).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);
    if (sentinel !== undefined) {
      const file = join(folder, 'sentinel.conf');
      await writeFile(file, sentinel);
      args.unshift(file, '--sentinel');
    }
    // A test that is killed takes it with it.
    const setpriv = await findExecutable(['setpriv']);
    const command = [...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : []), executable, ...args];
    const start = { command, env, logFile };
    const child = await launch(start);
    const own = new OwnRedis({ port: listen, tlsPort, line }, folder, start, child, password);
    await own.#answers();
    return own;
  }

  /** The port by which others reach it: that of its line, where it has one. */
  get toldPort(): number {
    return this.line === undefined ? this.port : Number(new URL(this.line.url).port);
  }

  /**
   * Starts it on its data after it was killed, with the environment it had unless another one is given; resolves when it
   * answers. Settings that were changed while it ran are forgotten. @throws when it does not in 20 s
   */
  async startAgain(env = this.#start.env): Promise<void> {
    await this.#gone();
    this.#child = await launch({ ...this.#start, env });
    await this.#answers();
  }

  /** A client of it, which is closed with it. */
  client(options: Pick<RedisOptions, 'commandTimeout'> = {}): Redis {
    const client = new Redis(this.url, { retryStrategy: () => 50, maxRetriesPerRequest: null, ...options });
    client.on('error', () => undefined);
    this.#clients.push(client);
    return client;
  }

  /** Sends a signal to the process: SIGSTOP freezes it, SIGCONT lets it go on. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    this.#child.kill('SIGKILL');
    await this.#gone();
    await this.line?.cut();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #gone(): Promise<void> {
    if (!hasEnded(this.#child)) await once(this.#child, 'exit');
  }

  async #answers(): Promise<void> {
    const child = this.#child;
    const client = this.client();
    const answers = await waitUntil(
      async () => hasEnded(child) || (await client.ping()) === 'PONG',
      READY_MS,
    );
    client.disconnect();
    if (answers && !hasEnded(child)) return;
    await this.stop();
    throw new Error(`redis-server did not come up on port ${this.port}; exit code ${child.exitCode}`);
  }
}

async function launch({ command: [program = '', ...args], env, logFile }: Start): Promise<ChildProcess> {
  const log = logFile === undefined ? undefined : await open(logFile, 'a', 0o600);
  try {
    const output = log?.fd ?? 'ignore';
    return spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  } finally {
    await log?.close();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
