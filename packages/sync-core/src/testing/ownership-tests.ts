import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { Redis } from 'ioredis';
import { type Db, type Document, MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { openStores, type Stores } from '../node/stores.js';

/** Slots of a process unless a test says otherwise. */
export const DEFAULT_SLOTS = 4;

/** A Redis of the file's own and a database of each test's own; called once, at the top of the file. */
export function ownershipTests(): OwnershipTests {
  const tests = new OwnershipTests();
  beforeAll(() => tests.launch());
  afterAll(() => tests.close());
  beforeEach(() => tests.begin());
  afterEach(() => tests.end());
  return tests;
}

/** Processes that want to have a database, and what is in it. */
class OwnershipTests {
  readonly #opened: Stores[] = [];
  #redis: OwnRedis | undefined;
  #admin: Redis | undefined;
  #client: MongoClient | undefined;
  #url = '';

  /** A connection to the Redis. */
  get admin(): Redis {
    return begun(this.#admin);
  }

  /** The test's database. */
  get db(): Db {
    return begun(this.#client).db();
  }

  /** The URL of the test's database. */
  get url(): string {
    return this.#url;
  }

  async launch(): Promise<void> {
    this.#redis = await OwnRedis.start();
    this.#admin = this.#redis.client();
  }

  async close(): Promise<void> {
    await this.#redis?.stop();
  }

  begin(): void {
    const mongodb = new URL(process.env.TEST_MONGODB_URL ?? '');
    mongodb.pathname = `/own${Math.random().toString(36).slice(2, 10)}`;
    this.#url = mongodb.href;
    this.#client = new MongoClient(this.#url);
  }

  async end(): Promise<void> {
    for (const stores of this.#opened.splice(0)) await stores.stop();
    await this.db.dropDatabase();
    await this.#client?.close();
    await this.admin.flushall();
  }

  /** The stores of a process with these settings, not proven yet. */
  processWith(env: Record<string, string> = {}): Stores {
    const { settings } = loadSettings({
      env: {
        REDIS_URL: begun(this.#redis).url,
        MONGODB_URL: this.#url,
        HYBRID_SYNC_NAMESPACE: 'prod',
        HYBRID_SYNC_SLOTS: String(DEFAULT_SLOTS),
        ...env,
      },
    });
    const stores = openStores({ current: settings }, 'test', pino({ level: 'silent' }));
    this.#opened.push(stores);
    return stores;
  }

  /** The stores of such a process, which has the database. @throws what it was refused with */
  async prove(env: Record<string, string> = {}): Promise<Stores> {
    const stores = this.processWith(env);
    await expect.poll(() => stores.redis.standing.ok).toBe(true);
    await stores.ownership.prove();
    return stores;
  }

  /** What such a process is refused with; `taken` where it is not. */
  refused(env: Record<string, string> = {}): Promise<unknown> {
    return this.prove(env).then(
      () => 'taken',
      (error: unknown) => error,
    );
  }

  /** All that is in the database: collections, their indexes, their documents. */
  async contents(): Promise<Document[]> {
    const infos = await this.db.listCollections().toArray();
    const inside = infos.map(async ({ name, type }) => ({
      name,
      type,
      indexes: type === 'view' ? [] : await this.db.collection(name).indexes(),
      documents: await this.db.collection(name).find().sort({ _id: 1 }).toArray(),
    }));
    return (await Promise.all(inside)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function begun<T>(part: T | undefined): T {
  if (part === undefined) throw new TypeError('no test has begun');
  return part;
}
