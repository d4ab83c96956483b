import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { Redis } from 'ioredis';
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
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #clients: Redis[] = [];

  private constructor(
    ports: Pick<OwnRedis, 'port' | 'tlsPort'>,
    folder: string,
    child: ChildProcess,
    password?: string,
  ) {
    this.port = ports.port;
    this.tlsPort = ports.tlsPort;
    this.url = redisUrl(ports.port, password);
    this.#folder = folder;
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
  }: OwnRedisOptions = {}): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-redis-'));
    await mkdir(join(folder, 'data'));
    const executable =
      (await findExecutable(['redis-server', 'valkey-server'])) ?? (await installRedis(folder));
    const listen = port ?? (await getPort({ host: '127.0.0.1' }));
    const tlsPort = tls && (await getPort({ host: '127.0.0.1' }));
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
    const child = spawn(command[0] ?? executable, command.slice(1), {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    const own = new OwnRedis({ port: listen, tlsPort }, folder, child, password);
    const client = own.client();
    const answers = await waitUntil(
      async () => child.exitCode !== null || (await client.ping()) === 'PONG',
      READY_MS,
    );
    if (!answers || child.exitCode !== null) {
      await own.stop();
      throw new Error(`redis-server did not come up on port ${listen}; exit code ${child.exitCode}`);
    }
    return own;
  }

  /** A client of it, which is closed with it. */
  client(): Redis {
    const client = new Redis(this.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
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
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
