import { type Db, MongoClient, ReadConcern } from 'mongodb';
import { mongodbTarget } from '../config/mongodb-target.js';
import type { Settings } from '../config/settings.js';
import { endPendingWrites } from './pending-writes.js';

/**
 * Time between two looks of the driver at its pool, in milliseconds; each wakes the process, and of its own accord it makes ten
 * in a second. What it looks for, connections that are idle for too long, is seen at each use as well.
 */
const POOL_LOOK_MS = 10_000;

/**
 * The database that the settings name. It connects with the first operation, and again after losses. What decides
 * whether a write holds and a read is the truth is fixed here, whatever the URL says: verify, restore and the outbox
 * decide by what they read. The caller closes the client. `own`: a client of the application, with time limits of its own.
 * `overridden`: what of the URL has no effect for that.
 */
export function openDatabase(
  {
    mongodbUrl,
    mongodbTimeoutMs,
    mongodbMaxPoolSize,
  }: Pick<Settings, 'mongodbUrl' | 'mongodbTimeoutMs' | 'mongodbMaxPoolSize'>,
  role: string,
  own?: MongoClient,
): { client: MongoClient; db: Db; overridden: readonly string[] } {
  endPendingWrites();
  const { url, database, overridden } = mongodbTarget(mongodbUrl);
  const client = own ?? clientOf(url);
  const db = client.db(database, {
    writeConcern: { w: 'majority' },
    readPreference: 'primary',
    readConcern: new ReadConcern('majority'),
    ignoreUndefined: true,
  });
  return { client, db, overridden };

  function clientOf(url: string): MongoClient {
    const client = new MongoClient(url, {
      appName: `hybrid-sync-${role}`,
      // Together the deadline of an attempt, in each phase that may hang (the driver's own `timeoutMS` has no effect).
      serverSelectionTimeoutMS: mongodbTimeoutMs,
      connectTimeoutMS: mongodbTimeoutMs,
      waitQueueTimeoutMS: mongodbTimeoutMs,
      socketTimeoutMS: mongodbTimeoutMs,
      maxPoolSize: mongodbMaxPoolSize,
      ignoreUndefined: true,
    });
    // An option that the driver reads and lets no one give.
    Object.assign(client.options, { minPoolSizeCheckFrequencyMS: POOL_LOOK_MS });
    return client;
  }
}
