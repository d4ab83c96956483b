import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { type Db, MongoClient } from 'mongodb';
import type { ServiceProcess } from '../process/service-process.js';
import { appProcess } from '../system/app-process.js';
import { inDatabase } from '../system/service-urls.js';

const mainOf = (app: string) =>
  fileURLToPath(new URL(`../../../../apps/${app}/dist/main.js`, import.meta.url));

/** A real api process on a free port, with a namespace and a database of its own on the services of `npm test`. */
export class RealApi {
  readonly url: string;
  /** Where the api keeps shadows and outbox. */
  readonly db: Db;
  /** Of the Redis that it works on. */
  readonly redisUrl: string;
  readonly #processes: ServiceProcess[];
  readonly #env: Record<string, string | undefined>;
  readonly #folder: string;
  readonly #client: MongoClient;
  readonly #namespace: string;

  private constructor(port: number, folder: string, env: Record<string, string>) {
    this.redisUrl = fromEnvironment('TEST_REDIS_URL');
    this.#namespace = `c${randomUUID().slice(0, 8)}`;
    const mongodbUrl = inDatabase(fromEnvironment('TEST_MONGODB_URL'), this.#namespace);
    this.url = `http://127.0.0.1:${port}`;
    this.#client = new MongoClient(mongodbUrl);
    this.db = this.#client.db();
    this.#folder = folder;
    this.#env = {
      PATH: process.env.PATH,
      REDIS_URL: this.redisUrl,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: this.#namespace,
      ...env,
    };
    this.#processes = [this.#app('api', port)];
  }

  #app(name: 'api' | 'projector', port: number): ServiceProcess {
    return appProcess({ name, main: mainOf(name), port, dataDir: this.#folder, env: this.#env });
  }

  /** Starts an api; `env` overrides settings. Resolves when it is ready. */
  static async start(env: Record<string, string> = {}): Promise<RealApi> {
    const folder = await mkdtemp(join(tmpdir(), 'real-api-'));
    const api = new RealApi(await getPort({ host: '127.0.0.1' }), folder, env);
    await api.#processes[0]?.start();
    return api;
  }

  /** Starts a projector beside it. Resolves when it is ready. */
  async startProjector(): Promise<void> {
    const projector = this.#app('projector', await getPort({ host: '127.0.0.1' }));
    this.#processes.push(projector);
    await projector.start();
  }

  /** Stops the processes, and removes its keys and its database. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.stop()));
    const redis = new Redis(this.redisUrl);
    const keys = await redis.keys(`${this.#namespace}:*`);
    if (keys.length > 0) await redis.del(...keys);
    redis.disconnect();
    await this.db.dropDatabase();
    await this.#client.close();
    await rm(this.#folder, { recursive: true });
  }
}

function fromEnvironment(name: string): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run this test with "npm test", which starts the services`);
  return url;
}
