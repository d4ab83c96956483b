import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient, MongoServerError } from 'mongodb';
import { ServiceProcess } from '../process/service-process.js';

/** How long a ping may take, server selection included, in milliseconds. */
const PING_TIMEOUT_MS = 3_000;
/** How long mongod may take to recover its data and to elect itself, in milliseconds. */
const READY_TIMEOUT_MS = 120_000;
const REPLICA_SET = 'rs0';
/** Error codes: a replica set's member that has no configuration yet; one that has a configuration already. */
const NOT_YET_INITIALIZED = 94;
const INVALID_REPLICA_SET_CONFIG = 93;

/** A mongod of one's own. */
export interface MongodOptions {
  /** Path of `mongod`. */
  readonly executable: string;
  /** Folder of its data and records. */
  readonly folder: string;
  readonly logFile: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
}

/** A mongod as a replica set of one, as production has one of three: `w: majority` and retryable writes mean something. */
export function mongodProcess({ executable, folder, logFile, port }: MongodOptions): ServiceProcess {
  const data = join(folder, 'data');
  return new ServiceProcess({
    name: 'MongoDB',
    port,
    prepare: async () => {
      await mkdir(data, { recursive: true, mode: 0o700 });
    },
    command: executable,
    args: [
      ...['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1'],
      ...['--replSet', REPLICA_SET, '--quiet'],
    ],
    logFile,
    recordFile: join(folder, 'process.json'),
    commandMark: data,
    stopSignal: 'SIGTERM',
    isReady: () => isWritable(port),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

/** URL of a mongod started here. */
export function mongodUrl(port: number): string {
  return `mongodb://127.0.0.1:${port}/?replicaSet=${REPLICA_SET}&directConnection=true`;
}

/** Makes the node a replica set of one under its present port, and tells whether it takes writes yet. */
async function isWritable(port: number): Promise<boolean> {
  return withAdmin(`mongodb://127.0.0.1:${port}/?directConnection=true`, async (client) => {
    const admin = client.db('admin');
    const host = `127.0.0.1:${port}`;
    try {
      const { config } = await admin.command({ replSetGetConfig: 1 });
      if (config.members[0].host !== host) {
        const members = [{ ...config.members[0], host }];
        await admin.command({
          replSetReconfig: { ...config, version: config.version + 1, members },
          force: true,
        });
      }
    } catch (error) {
      const code = error instanceof MongoServerError ? error.code : undefined;
      if (code !== NOT_YET_INITIALIZED && code !== INVALID_REPLICA_SET_CONFIG) throw error;
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
    }
    return (await admin.command({ hello: 1 })).isWritablePrimary === true;
  });
}

/** Asks a MongoDB for a sign of life. @throws when it does not answer */
export async function pingMongodb(url: string): Promise<void> {
  await withAdmin(url, (client) => client.db('admin').command({ ping: 1 }));
}

async function withAdmin<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: PING_TIMEOUT_MS,
    connectTimeoutMS: PING_TIMEOUT_MS,
    socketTimeoutMS: PING_TIMEOUT_MS,
  });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
