import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appProcess, type ServiceProcess } from '@hybrid-sync/services';
import { connectStores, loadSettings, type Stores } from '@hybrid-sync/sync-core';
import getPort from 'get-port';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';

const { resolve } = createRequire(import.meta.url);
const MAINS = {
  api: resolve('@hybrid-sync/api/dist/main.js'),
  projector: resolve('@hybrid-sync/projector/dist/main.js'),
} as const;

/** A real api or projector. */
export interface RunningApp {
  readonly url: string;
  readonly process: ServiceProcess;
  /** What it tells Prometheus. */
  scrape(): Promise<string>;
  /** What it has logged so far, one object a line. */
  logged(): Promise<Record<string, unknown>[]>;
}

/** Real processes on the services of `npm test`, in a namespace and a database of their own. */
export class RunningSystem {
  readonly stores: Stores;
  readonly #env: Record<string, string>;
  readonly #folder: string;
  readonly #apps: RunningApp[] = [];

  private constructor(stores: Stores, env: Record<string, string>, folder: string) {
    this.stores = stores;
    this.#env = env;
    this.#folder = folder;
  }

  /** Makes the room; nothing runs yet. `env` comes on top of the settings' defaults. */
  static async prepare(env: Record<string, string> = {}): Promise<RunningSystem> {
    const { TEST_REDIS_URL, TEST_MONGODB_URL } = process.env;
    if (!TEST_REDIS_URL || !TEST_MONGODB_URL) {
      throw new Error('TEST_REDIS_URL and TEST_MONGODB_URL are not set: run this test with "npm test"');
    }
    const namespace = `o${randomUUID().slice(0, 8)}`;
    const mongodb = new URL(TEST_MONGODB_URL);
    mongodb.pathname = `/${namespace}`;
    const own = {
      REDIS_URL: TEST_REDIS_URL,
      MONGODB_URL: mongodb.href,
      HYBRID_SYNC_NAMESPACE: namespace,
      ...env,
    };
    const stores = await connectStores(loadSettings({ env: own }).settings, pino({ level: 'silent' }));
    return new RunningSystem(stores, own, await mkdtemp(join(tmpdir(), 'hybrid-sync-observability-')));
  }

  /** Starts a process and waits until it is ready. */
  async start(kind: keyof typeof MAINS, env: Record<string, string> = {}): Promise<RunningApp> {
    const port = await getPort({ host: '127.0.0.1' });
    const name = `${kind}-${this.#apps.length}`;
    const { PATH = '', HOME = '' } = process.env;
    const process_ = appProcess({
      name,
      main: MAINS[kind],
      port,
      dataDir: this.#folder,
      env: { PATH, HOME, NODE_ENV: 'production', ...this.#env, ...env },
    });
    const url = `http://127.0.0.1:${port}`;
    const app: RunningApp = {
      url,
      process: process_,
      scrape: async () => (await fetch(`${url}/metrics`)).text(),
      logged: async () =>
        (await readFile(process_.logFile, 'utf8'))
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line)),
    };
    this.#apps.push(app);
    await process_.start();
    return app;
  }

  /** Ends all processes and removes all data. */
  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.process.stop()));
    const redis = this.stores.redis.at('any');
    const keys = await redis.keys(`${this.#env.HYBRID_SYNC_NAMESPACE}:*`);
    if (keys.length > 0) await redis.del(...keys);
    await this.stores.stop();
    const mongodb = new MongoClient(this.#env.MONGODB_URL ?? '');
    await mongodb.db().dropDatabase();
    await mongodb.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Writes a pair over HTTP. @returns the answer's status and body */
export async function put(
  app: RunningApp,
  key: string,
  value: string,
  more: { headers?: Record<string, string>; method?: 'PUT' | 'DELETE' } = {},
) {
  const { headers = {}, method = 'PUT' } = more;
  const response = await fetch(`${app.url}/kv/${encodeURIComponent(key)}`, {
    method,
    headers: { ...(method === 'PUT' ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(method === 'PUT' ? { body: JSON.stringify({ value }) } : {}),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
}

/** What a write answers. */
export interface Answer {
  readonly key: string;
  readonly version: number;
  readonly method: 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED';
}
