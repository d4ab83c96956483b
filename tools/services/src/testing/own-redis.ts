import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { Redis, type RedisOptions } from 'ioredis';
import { ServiceLine } from '../line/service-line.js';
import { sendSignal } from '../process/bounded-end.js';
import type { ServiceProcess } from '../process/service-process.js';
import { findRedisServer } from '../redis/find-redis.js';
import { type RedisServerOptions, redisServer, redisUrl } from '../redis/redis-server.js';
import type { OwnCertificates } from './own-certificates.js';

/** What an {@link OwnRedis} is started with. */
export interface OwnRedisOptions {
  /** Name for messages and its log; `redis` unless given. */
  readonly name?: string;
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
  /** Folder of its log, which is gone with it unless given. */
  readonly logs?: string | undefined;
  /** Told when it ends and nobody had asked for it. */
  readonly onUnexpectedExit?: ((message: string) => void) | undefined;
}

/**
 * A Redis of a test's own, for what must not be done to the one that all tests share: memory limits, fail-overs,
 * FLUSHALL, kills. Its data are gone with it.
 */
export class OwnRedis {
  readonly name: string;
  readonly port: number;
  /** Where it speaks TLS, if it does. */
  readonly tlsPort: number | undefined;
  /** Its URL, with its password. */
  readonly url: string;
  /** The line by which others reach it, where it has one. */
  readonly line: ServiceLine | undefined;
  readonly #server: RedisServerOptions;
  readonly #onUnexpectedExit: OwnRedisOptions['onUnexpectedExit'];
  #process: ServiceProcess;
  readonly #clients: Redis[] = [];

  private constructor(
    server: RedisServerOptions,
    { tlsPort, line }: Pick<OwnRedis, 'tlsPort' | 'line'>,
    onUnexpectedExit: OwnRedisOptions['onUnexpectedExit'],
  ) {
    this.name = server.name ?? '';
    this.port = server.port;
    this.tlsPort = tlsPort;
    this.line = line;
    this.url = redisUrl(server.port, server.password);
    this.#server = server;
    this.#onUnexpectedExit = onUnexpectedExit;
    this.#process = this.#processWith(server);
  }

  /** Starts one; resolves when it answers. @throws ServiceStartError when it does not */
  static async start({
    name = 'redis',
    settings = {},
    env = {},
    port: given,
    password,
    tls,
    sentinel,
    line: lineAs,
    logs,
    onUnexpectedExit,
  }: OwnRedisOptions = {}): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-redis-'));
    const executable = await findRedisServer(folder);
    const port = given ?? (await getPort({ host: '127.0.0.1' }));
    const tlsPort = tls && (await getPort({ host: '127.0.0.1' }));
    const line = lineAs && (await ServiceLine.to(redisUrl(port)));
    await line?.open();
    const announced = lineAs === 'of a node' ? 'cluster-announce' : 'replica-announce';
    const all = {
      ...(sentinel === undefined && { save: '', appendonly: 'no' }),
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
    const logFile = join(logs ?? folder, `${name}.log`);
    const own = new OwnRedis(
      { name, executable, folder, logFile, port, password, env, sentinel, settings: all },
      { tlsPort, line },
      onUnexpectedExit,
    );
    await own.#answers();
    return own;
  }

  /** The port by which others reach it: that of its line, where it has one. */
  get toldPort(): number {
    return this.line === undefined ? this.port : Number(new URL(this.line.url).port);
  }

  /**
   * Starts it on its data after it was killed, with the environment it had unless another one is given; resolves when it
   * answers. Settings that were changed while it ran are forgotten. @throws ServiceStartError when it does not
   */
  async startAgain(env = this.#server.env ?? {}): Promise<void> {
    await this.#process.stop();
    this.#process = this.#processWith({ ...this.#server, env });
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
    const { pid } = this.#process;
    if (pid !== undefined) sendSignal(pid, signal);
    // Its end is then no surprise.
    if (signal === 'SIGKILL') void this.#process.kill();
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.#process.stop();
    await this.line?.cut();
    await rm(this.#server.folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    try {
      await this.#process.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #processWith(server: RedisServerOptions): ServiceProcess {
    const process = redisServer({ ...server, stopSignal: 'SIGKILL' });
    process.onUnexpectedExit = this.#onUnexpectedExit;
    return process;
  }
}
