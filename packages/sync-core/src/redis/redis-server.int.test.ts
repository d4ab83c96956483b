import { ServiceLine } from '@hybrid-sync/services/line';
import { OwnRedis, type OwnRedisOptions } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { RedisFaultError } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';
import { connected, connectRedis } from './connect-redis.js';
import type { RedisUse } from './connection-options.js';
import type { RedisConnection } from './redis-connection.js';

const PATIENCE = { timeout: 15_000 };
const log = pino({ level: 'silent' });
const error = vi.spyOn(log, 'error');
afterEach(() => {
  error.mockClear();
});

/** The test that something is of, and with which it ends. */
type Test = Pick<TestContext, 'onTestFinished'>;

async function redisServer(test: Test, options?: OwnRedisOptions): Promise<OwnRedis> {
  const server = await OwnRedis.start(options);
  test.onTestFinished(() => server.stop());
  return server;
}

async function lineTo(test: Test, url: string): Promise<ServiceLine> {
  const line = await ServiceLine.to(url);
  await line.open();
  test.onTestFinished(() => line.cut());
  return line;
}

function connect(test: Test, url: string, use: RedisUse = 'request', deadlineMs = 1000): RedisConnection {
  const redis = connectRedis(url, { role: 'test', use, log, deadlineMs });
  test.onTestFinished(() => redis.disconnect());
  return redis;
}

const USES: RedisUse[] = ['request', 'background'];

describe.each(USES)('a server that is not what was asked for, to a %s connection', (use) => {
  it('is refused when it is a node of a Redis Cluster', async (test) => {
    const cluster = await redisServer(test, { settings: { 'cluster-enabled': 'yes' } });
    const redis = connect(test, cluster.url, use);
    await expect(connected(redis)).rejects.toThrow(ConfigurationError);
    expect(redis.standing).toMatchObject({ ok: false, reason: expect.stringContaining('Redis Cluster') });
    await expect(connected(connect(test, `${cluster.url}/2`, use))).rejects.toThrow('Redis Cluster');
  });

  it('is refused when a Redis Cluster takes its place later', async (test) => {
    const [before, cluster] = [
      await redisServer(test),
      await redisServer(test, { settings: { 'cluster-enabled': 'yes' } }),
    ];
    const line = await lineTo(test, before.url);
    const redis = connect(test, line.url, use);
    await connected(redis);
    line.leadTo(cluster.url);
    line.reset();
    await expect.poll(() => redis.fault, PATIENCE).toBeInstanceOf(ConfigurationError);
  });

  it('is refused when it has no such database, and nothing is written to another one', async (test) => {
    const server = await redisServer(test);
    const redis = connect(test, `${server.url}/99`, use);
    redis.set('a', 'b').catch(() => undefined);
    await expect(connected(redis)).rejects.toThrow('REDIS_URL: its Redis has no database 99');
    await expect.poll(() => error.mock.calls.length).toBeGreaterThan(0);
    // It goes on trying, and nothing comes through.
    await expect(connected(redis)).rejects.toThrow(ConfigurationError);
    expect(await server.client().dbsize()).toBe(0);
  });

  it('is refused while it is a replica, and taken once it is none', async (test) => {
    const primary = await redisServer(test);
    const replica = await redisServer(test, { settings: { replicaof: `127.0.0.1 ${primary.port}` } });
    const redis = connect(test, replica.url, use);
    await expect(connected(redis)).rejects.toThrow(RedisFaultError);
    expect(redis.standing.reason).toContain('replica');
    await replica.client().replicaof('NO', 'ONE');
    await expect.poll(() => redis.standing.ok, PATIENCE).toBe(true);
    expect(await redis.set('a', 'b')).toBe('OK');
  });

  it.for([
    ['NOAUTH', (url: string) => url],
    ['WRONGPASS', (url: string) => url.replace('//', '//:wrong-one@')],
  ] as const)('is called by the name of its refusal: %s', async ([code, urlOf], test) => {
    const server = await redisServer(test);
    await server.client().config('SET', 'requirepass', 'right-one');
    const redis = connect(test, urlOf(server.url), use);
    await expect(connected(redis)).rejects.toThrow(code);
    expect(error.mock.calls).toEqual([
      [
        expect.objectContaining({ reason: expect.stringContaining(code) }),
        expect.stringContaining('can not be used'),
      ],
    ]);
    expect(JSON.stringify(error.mock.calls)).not.toContain('-one');
  });
});

it('a request on a connection that can not be used is told why, not that Redis is away', async (test) => {
  const primary = await redisServer(test);
  const replica = await redisServer(test, { settings: { replicaof: `127.0.0.1 ${primary.port}` } });
  const redis = connect(test, replica.url);
  await expect(connected(redis)).rejects.toThrow();
  await expect(redis.get('a')).rejects.toThrow(RedisFaultError);
});

it('a unix socket is a way to Redis', async (test) => {
  const server = await redisServer(test, { settings: { unixsocket: 'redis.sock' } });
  const folder = ((await server.client().config('GET', 'dir')) as string[])[1];
  const redis = connect(test, `unix://${folder}/redis.sock?db=3`);
  await connected(redis);
  await redis.set('a', 'b');
  expect(await server.client().info('keyspace')).toContain('db3:keys=1');
});

describe('a primary that is demoted while its connections stay open', () => {
  async function failedOver(test: Test) {
    const [a, b] = [await redisServer(test), await redisServer(test)];
    const line = await lineTo(test, a.url);
    return {
      line,
      b,
      async failOver() {
        line.leadTo(b.url);
        await a.client().replicaof('127.0.0.1', b.port);
      },
    };
  }

  it('refuses one command of a script, and the next ones go to the new primary', async (test) => {
    const { line, b, failOver } = await failedOver(test);
    const redis = connectRedis(line.url, {
      role: 'test',
      use: 'request',
      log,
      deadlineMs: 1000,
      scripts: { put: { lua: "return redis.call('INCR', KEYS[1])", numberOfKeys: 1 } },
    }) as RedisConnection & { put(key: string): Promise<number> };
    test.onTestFinished(() => redis.disconnect());
    await connected(redis);
    await failOver();
    const puts = await Promise.allSettled(Array.from({ length: 100 }, () => redis.put('n')));
    expect(puts.map(({ status }) => status)).toEqual(Array(100).fill('rejected'));
    await expect.poll(() => redis.put('n').catch(String), PATIENCE).toBe(1);
    // None of those that were refused was sent again.
    expect(await b.client().get('n')).toBe('1');
    expect(error.mock.calls[0]?.[0]).toMatchObject({ reason: expect.stringContaining('READONLY') });
  });

  it.concurrent.for(USES)('is noticed by a %s connection that only reads', async (use, test) => {
    const { expect } = test;
    const { line, b, failOver } = await failedOver(test);
    const redis = connect(test, line.url, use);
    await connected(redis);
    await failOver();
    await b.client().set('only', 'here');
    await expect
      .poll(async () => /role:master/.test(await redis.info('replication').catch(String)), PATIENCE)
      .toBe(true);
  });

  it.concurrent('is noticed by one that listens, which hears of the new primary again', async (test) => {
    const { expect } = test;
    const { line, b, failOver } = await failedOver(test);
    const redis = connect(test, line.url, 'background');
    const heard = vi.fn();
    redis.on('message', heard);
    await redis.subscribe('news');
    await failOver();
    const publisher = b.client();
    await expect.poll(() => publisher.publish('news', 'from b'), PATIENCE).toBe(1);
    await expect.poll(() => heard.mock.calls).toContainEqual(['news', 'from b']);
  });

  it.concurrent('is noticed by a duplicate that waits in a blocking read, as BullMQ makes them', async (test) => {
    const { expect } = test;
    const { line, b, failOver } = await failedOver(test);
    const blocked = connect(test, line.url, 'background').duplicate();
    test.onTestFinished(() => blocked.disconnect());
    const read = async () => (await blocked.bzpopmin('marker', 1).catch(() => null))?.[1];
    expect(await read()).toBeUndefined();
    await failOver();
    await b.client().zadd('marker', 0, 'job');
    await expect.poll(read, PATIENCE).toBe('job');
  });
});

describe.concurrent('a line that goes silent and takes all that is sent', () => {
  it.for([
    ['a request', 'request', (redis: RedisConnection) => redis.ping()],
    ['a background command', 'background', (redis: RedisConnection) => redis.ping()],
    [
      'a blocking read',
      'background',
      (redis: RedisConnection) => redis.xread('BLOCK', 2000, 'STREAMS', 's', '$'),
    ],
    ['no command at all', 'request', async () => undefined],
    [
      'no command at all but a subscription',
      'background',
      (redis: RedisConnection) => redis.subscribe('news'),
    ],
  ] as const)('is noticed and replaced under %s', async ([, use, ask], test) => {
    const { expect } = test;
    const server = await redisServer(test);
    const line = await lineTo(test, server.url);
    const redis = connect(test, line.url, use, 300);
    await connected(redis);
    await ask(redis);
    const again = vi.fn();
    redis.on('ready', again);
    expect(line.silence()).toBe(1);
    void Promise.resolve(ask(redis)).catch(() => undefined);
    await expect.poll(() => again.mock.calls.length, PATIENCE).toBe(1);
    expect(await redis.ping()).toBe('PONG');
  });

  it('is noticed also while a connection is made', async (test) => {
    const { expect } = test;
    const server = await redisServer(test);
    const line = await lineTo(test, server.url);
    line.freeze();
    const redis = connect(test, line.url, 'background', 300);
    await expect.poll(() => line.connections).toBe(1);
    line.silence();
    line.thaw();
    await expect.poll(() => redis.standing.ok, PATIENCE).toBe(true);
  });
});
