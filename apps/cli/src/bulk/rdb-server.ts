import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { ArgumentError } from '../errors.js';
import { neverOutlives } from './outliving.js';
import { DATABASES } from './rdb-pairs.js';

/** What may be on the PATH, in this order. */
const PROGRAMS = ['redis-server', 'valkey-server'];
/** What the file is called in the server's folder: its own name may hold what a server reads otherwise. */
const DUMP = 'dump.rdb';
/** How often it is asked whether it has read the file, in milliseconds. */
const ASK_EVERY_MS = 100;
/** What it said last, kept for the message where it ends by itself, in characters. */
const MOST_LOG = 4000;

/**
 * A redis-server that holds what an RDB file holds, and nothing else. It listens at a socket in a folder of its own, writes
 * no file, and ends with {@link close}, or with this process.
 */
export class RdbServer {
  readonly redis: Redis;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, database: number) {
    this.#child = child;
    this.#folder = folder;
    this.redis = new Redis({
      path: socketIn(folder),
      db: database,
      // Redis says that it is loading until it has read the file; one that has ended would be asked for ever.
      retryStrategy: () => (this.ended ? null : ASK_EVERY_MS),
      maxRetriesPerRequest: null,
    });
    this.redis.on('error', () => {});
  }

  /** Resolves when the file is read. @throws ArgumentError; the signal's reason */
  static async open(
    file: string,
    {
      database,
      path,
      signal,
    }: { readonly database: number; readonly path: string; readonly signal: AbortSignal },
  ): Promise<RdbServer> {
    await access(file, constants.R_OK).catch(() => {
      throw new ArgumentError('--rdb', "can't read the file");
    });
    const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-rdb-'));
    await symlink(resolve(file), join(folder, DUMP));
    const child = await started(folder, path).catch(async (error: unknown) => {
      await rm(folder, { recursive: true });
      throw error;
    });
    let log = '';
    child.stdout?.on('data', (part: Buffer) => {
      log = (log + part.toString()).slice(-MOST_LOG);
    });
    const server = new RdbServer(child, folder, database);
    const ready = new Promise<boolean>((resolve) => {
      server.redis.once('ready', () => resolve(true));
      child.once('exit', () => resolve(false));
      signal.addEventListener('abort', () => resolve(false), { once: true });
      if (signal.aborted) resolve(false);
    });
    if (await ready) return server;
    await server.close();
    signal.throwIfAborted();
    throw new ArgumentError('--rdb', `redis-server can't read the file${reasonIn(log)}`);
  }

  /** Whether it has ended, by itself or since someone else ended it. */
  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Keys of the file that had expired when it was read: Redis leaves them out. */
  async expired(): Promise<number> {
    return Number(/rdb_last_load_keys_expired:(\d+)/.exec(await this.redis.info('persistence'))?.[1] ?? 0);
  }

  /** How many keys each database has. */
  async databases(): Promise<Map<number, number>> {
    const found = (await this.redis.info('keyspace')).matchAll(/^db(\d+):keys=(\d+)/gm);
    return new Map(Array.from(found, ([, database, keys]) => [Number(database), Number(keys)]));
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.redis.disconnect();
    if (!this.ended) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const socketIn = (folder: string) => join(folder, 'socket');

/** @throws ArgumentError where there is no such program */
async function started(folder: string, path: string): Promise<ChildProcess> {
  const settings = {
    port: '0',
    unixsocket: socketIn(folder),
    unixsocketperm: '700',
    dir: folder,
    dbfilename: DUMP,
    databases: String(DATABASES),
    // Nothing is written, least of all the file.
    save: '',
    appendonly: 'no',
    daemonize: 'no',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  for (const program of PROGRAMS) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: path } });
    try {
      await once(child, 'spawn');
      neverOutlives(child, folder);
      return child;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new ArgumentError('--rdb', `needs ${PROGRAMS.join(' or ')} on the PATH, to read the file`);
}

/** The last thing that it complained of. */
function reasonIn(log: string): string {
  const last = [...log.matchAll(/ # (.+)$/gm)].at(-1)?.[1];
  return last === undefined ? '' : `: ${last}`;
}
