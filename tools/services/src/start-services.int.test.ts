import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineLogin, engineOf } from '@hybrid-sync/documentdb/testing/engine-login';
import { Redis } from 'ioredis';
import { type Collection, MongoClient, type MongoClientOptions, MongoError, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FolderInUseError, ServiceUnavailableError } from './errors.js';
import { commandLineOf, identify, isRunning, type ProcessIdentity } from './process/process-identity.js';
import type { ServiceProcess } from './process/service-process.js';
import { type Services, type StartServicesOptions, startServices } from './start-services.js';

interface Item {
  _id: string;
}

let folder: string;
let services: Services;
const unexpected: string[] = [];
const options = (): StartServicesOptions => ({
  dataDir: folder,
  onUnexpectedExit: (message) => unexpected.push(message),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-services-'));
  services = await startServices(options());
});
afterAll(async () => {
  await services.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The processes that services were started as. */
function processes({ redis, mongodb }: Services): ServiceProcess[] {
  return [redis.server, mongodb.engine, mongodb.gateway].filter((each) => each !== undefined);
}

async function identitiesOf(started: Services): Promise<ProcessIdentity[]> {
  const pids = (await Promise.all(processes(started).map((each) => each.pids()))).flat();
  const found = await Promise.all(pids.map(identify));
  return found.filter((each) => each !== undefined);
}

async function withItems<T>(use: (items: Collection<Item>) => Promise<T>): Promise<T> {
  const client = new MongoClient(services.mongodbUrl, {
    serverSelectionTimeoutMS: 1_000,
    socketTimeoutMS: 1_000,
  });
  try {
    return await use(client.db('services_test').collection<Item>('items'));
  } finally {
    await client.close();
  }
}

async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(services.redisUrl, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

function required(process: ServiceProcess | undefined): ServiceProcess {
  if (process === undefined) throw new Error('not started here');
  return process;
}

test('both are there, on this machine only, with logs beside the data', async () => {
  expect(await withRedis((redis) => redis.ping())).toBe('PONG');
  expect(await withRedis((redis) => redis.config('GET', 'bind'))).toEqual(['bind', '127.0.0.1']);
  expect(await withRedis((redis) => redis.config('GET', 'appendonly'))).toEqual(['appendonly', 'yes']);
  expect(await withRedis((redis) => redis.config('GET', 'maxmemory-policy'))).toEqual([
    'maxmemory-policy',
    'noeviction',
  ]);
  expect(await withItems((items) => items.countDocuments())).toBe(0);
  expect(services.redisUrl).toMatch(/^redis:\/\/:[\w-]{32}@127\.0\.0\.1:\d+$/);
  expect(services.mongodbUrl).toMatch(/^mongodb:\/\/(hybrid-sync:[\w-]{32}@)?127\.0\.0\.1:\d+\/\?/);
  expect(await readdir(join(folder, 'logs'))).toContain('redis.log');
});

describe('another user of this machine', () => {
  const withoutPassword = (url: string) => url.replace(/\/\/.*@/, '//');
  const withWrongOne = (url: string) => url.replace(/:[^:@]*@/, ':wrong@');

  /** What Redis says to these lines, on a connection of their own. */
  async function askRedis(...lines: string[]): Promise<string> {
    const socket = connect(Number(new URL(services.redisUrl).port), '127.0.0.1');
    socket.write([...lines, 'QUIT', ''].join('\r\n'));
    let said = '';
    for await (const chunk of socket) said += chunk;
    return said;
  }

  async function askMongodb(url: string, options: MongoClientOptions = {}): Promise<unknown> {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000, ...options });
    try {
      return await client.db('services_test').collection('items').countDocuments();
    } catch (error) {
      return error instanceof MongoServerError ? error.codeName : error;
    } finally {
      await client.close();
    }
  }

  test('gets nothing from Redis without its password', async () => {
    expect(await askRedis('DBSIZE')).toContain('-NOAUTH');
    expect(await askRedis('AUTH wrong', 'DBSIZE')).toMatch(/-WRONGPASS.*-NOAUTH/s);
    expect(await askRedis(`AUTH ${new URL(services.redisUrl).password}`, 'DBSIZE')).toMatch(
      /^\+OK\r\n:0\r\n/,
    );
  });

  test('gets nothing from DocumentDB without its password', async ({ skip }) => {
    const { mongodbUrl, mongodb } = services;
    if (mongodb.gateway === undefined) skip();
    expect(await askMongodb(withoutPassword(mongodbUrl))).toBe('Unauthorized');
    expect(await askMongodb(withWrongOne(mongodbUrl))).toBe('AuthenticationFailed');
    expect(await askMongodb(mongodbUrl.replace('hybrid-sync:', 'postgres:'))).toBe('AuthenticationFailed');
    expect(await askMongodb(mongodbUrl, { authMechanism: 'SCRAM-SHA-1' })).toBe('MechanismUnavailable');
    expect(await askMongodb(mongodbUrl)).toBe(0);
    expect(await askMongodb(mongodbUrl, { authMechanism: 'SCRAM-SHA-256' })).toBe(0);
  });

  test('sees the passwords in no command line, and can read no file that holds one', async () => {
    const passwords = [services.redisUrl, services.mongodbUrl].map((url) => new URL(url).password);
    const secrets = passwords.filter((password) => password !== '');
    const pids = (await Promise.all(processes(services).map((each) => each.pids()))).flat();
    for (const line of await Promise.all(pids.map(commandLineOf))) {
      for (const secret of secrets) expect(line).not.toContain(secret);
    }
    const names = await readdir(folder, { recursive: true });
    let holding = 0;
    for (const name of names.filter((each) => !each.includes('root/'))) {
      const file = join(folder, name);
      const { mode } = await stat(file).catch(() => ({ mode: 0 }));
      const text = await readFile(file, 'utf8').catch(() => '');
      if (!secrets.some((secret) => text.includes(secret))) continue;
      expect(mode & 0o077, name).toBe(0);
      holding += 1;
    }
    expect(holding).toBeGreaterThanOrEqual(2);
  });
});

test('a second one in the same folder is told so, and does no harm', async () => {
  await expect(startServices(options())).rejects.toThrow(FolderInUseError);
  await expect(startServices(options())).rejects.toThrow(/in use/);
  expect(await withRedis((redis) => redis.ping())).toBe('PONG');
});

test('a service that was named but does not answer is an error that says so', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'hybrid-sync-services-'));
  const nothing = { url: 'redis://127.0.0.1:1', variable: 'REDIS_URL' };
  const start = startServices({ dataDir: elsewhere, givenRedis: nothing });
  await expect(start).rejects.toThrow(ServiceUnavailableError);
  await expect(start).rejects.toThrow(/REDIS_URL is set, but no Redis answers there/);
  await rm(elsewhere, { recursive: true });
});

test("DocumentDB's engine lets nobody in without its password, which is its owner's alone", async ({
  skip,
}) => {
  if (services.mongodb.gateway === undefined) skip();
  const { port, password } = await engineOf(folder);
  // The client itself ends the login that asks for a password it has not.
  expect(await engineLogin(port)).toMatch(/SASL/);
  for (const guess of ['postgres', 'wrong', password.slice(1)]) {
    expect(await engineLogin(port, guess)).toBe('28P01');
  }
  expect(await engineLogin(port, password)).toBe('postgres');
  const modeOf = async (...path: string[]) => (await stat(join(folder, 'documentdb', ...path))).mode & 0o777;
  expect(await modeOf('password')).toBe(0o600);
  expect(await modeOf('root/srv/hybrid-sync/run')).toBe(0o700);
});

describe('single services can be', () => {
  test('stopped and started again, on the same port and data', async () => {
    await withRedis((redis) => redis.set('kept', 'yes'));
    await withItems((items) => items.insertOne({ _id: 'kept' }));
    for (const process of processes(services)) {
      await process.stop();
      expect(process.pid).toBeUndefined();
      await process.stop();
    }
    for (const process of processes(services)) await Promise.all([process.start(), process.start()]);
    expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
    expect(await withItems((items) => items.countDocuments({ _id: 'kept' }))).toBe(1);
    expect(unexpected).toEqual([]);
  });

  test('killed: a client gets an error like that of any lost database, and goes on after the restart', async () => {
    const engine = required(services.mongodb.engine);
    await withItems(async (items) => {
      await items.insertOne({ _id: 'before the crash' });
      await engine.signal('SIGKILL');
      await expect(items.insertOne({ _id: 'lost' })).rejects.toThrow(MongoError);
      expect(unexpected).toEqual([expect.stringContaining('ended unexpectedly (SIGKILL)')]);
      unexpected.length = 0;
      await engine.start();
      await items.insertOne({ _id: 'after the crash' });
      expect((await items.distinct('_id')).sort()).toEqual(['after the crash', 'before the crash', 'kept']);
    });
  });

  test('frozen and thawed: nothing answers, then all goes on', async () => {
    const { engine, gateway } = services.mongodb;
    for (const process of [engine, gateway, services.redis.server].filter((each) => each !== undefined)) {
      await process.signal('SIGSTOP');
      if (process === services.redis.server) {
        const redis = new Redis(services.redisUrl, { commandTimeout: 300, retryStrategy: () => null });
        redis.on('error', () => undefined);
        await expect(redis.ping()).rejects.toThrow(/timed out/i);
        redis.disconnect();
      } else {
        await withItems((items) => expect(items.countDocuments()).rejects.toThrow(MongoError));
      }
      await process.signal('SIGCONT');
      await withItems((items) =>
        expect.poll(() => items.countDocuments().catch(() => -1)).toBeGreaterThan(0),
      );
    }
  });

  test('stopped while frozen', async () => {
    const server = required(services.redis.server);
    await server.signal('SIGSTOP');
    await server.stop();
    await server.start();
    expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
  });
});

test('after a stop nothing runs, and a start finds the data', async () => {
  const before = await identitiesOf(services);
  expect(before.length).toBeGreaterThanOrEqual(2);
  const passwords = () => [services.redisUrl, services.mongodbUrl].map((url) => new URL(url).password);
  const kept = passwords();
  await services.stop();
  expect(await Promise.all(before.map(isRunning))).toEqual(before.map(() => false));
  services = await startServices(options());
  expect(passwords()).toEqual(kept);
  expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
  expect(await withItems((items) => items.countDocuments({ _id: 'kept' }))).toBe(1);
});

test('a data folder of 0.1.0, in which no service has a password, gets them and keeps its data', async () => {
  const { redisUrl, mongodbUrl } = services;
  await services.stop();
  for (const file of [
    'redis/password',
    'redis/secrets.conf',
    'documentdb/gateway-password',
    'documentdb/password',
  ])
    await rm(join(folder, file), { force: true });
  services = await startServices(options());
  expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
  expect(await withItems((items) => items.countDocuments({ _id: 'kept' }))).toBe(1);
  expect(new URL(services.redisUrl).password).not.toBe(new URL(redisUrl).password);
  if (services.mongodb.gateway !== undefined)
    expect(new URL(services.mongodbUrl).password).not.toBe(new URL(mongodbUrl).password);
});
