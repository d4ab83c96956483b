import { randomUUID } from 'node:crypto';
import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';

/** A database of one suite's own on the MongoDB that tests use. */
export interface TestDatabase {
  readonly db: Db;
  readonly client: MongoClient;
  /** URL of that MongoDB. */
  readonly url: string;
  /** Port of that MongoDB on 127.0.0.1. */
  readonly port: number;
  /** Whether that MongoDB is DocumentDB behind this package's gateway. */
  readonly isGateway: boolean;
  /** Another client for the same database's server; closed with the rest. */
  anotherClient(options?: MongoClientOptions): MongoClient;
  /** Drops the database and closes all clients. */
  dispose(): Promise<void>;
}

/** Opens a database that no other suite uses. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const url = process.env.TEST_MONGODB_URL;
  if (!url) throw new Error('TEST_MONGODB_URL is not set; run the tests with npm test');
  const clients: MongoClient[] = [];
  const anotherClient = (options: MongoClientOptions = {}) => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000, ...options });
    clients.push(client);
    return client;
  };
  const client = anotherClient();
  const db = client.db(`gateway_test_${randomUUID().slice(0, 8)}`);
  const { modules } = await db.admin().buildInfo();
  return {
    db,
    client,
    url,
    port: Number(/:(\d+)/.exec(url.replace(/^[^:]+:\/\/([^@/]*@)?/, ''))?.[1] ?? 27_017),
    isGateway: Array.isArray(modules) && modules.includes('documentdb'),
    anotherClient,
    dispose: async () => {
      await db.dropDatabase();
      await Promise.all(clients.map((each) => each.close()));
    },
  };
}

/** Awaits a rejection and returns it, checked to be of a kind. */
export async function rejectionOf<E extends Error>(
  promise: Promise<unknown>,
  kind: abstract new (...args: never[]) => E,
): Promise<E> {
  const outcome = await promise.then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  );
  if (outcome instanceof kind) return outcome;
  throw outcome;
}
