import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { withoutCredentials } from '../config/without-credentials.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { connected, connectRedis } from './connect-redis.js';
import type { RedisUse } from './connection-options.js';
import type { RedisConnection } from './redis-connection.js';

const DEADLINE_MS = 300;
const log = pino({ level: 'silent' });
const [error, info] = [vi.spyOn(log, 'error'), vi.spyOn(log, 'info')];

let world: RealWorld;
let line: ServiceLine;
const open: RedisConnection[] = [];
beforeAll(async () => {
  world = await realWorld(1);
});
afterAll(() => world.stop());
beforeEach(async () => {
  line = await ServiceLine.to(world.settings.redisUrl);
  vi.clearAllMocks();
});
afterEach(async () => {
  for (const redis of open.splice(0)) redis.disconnect();
  await line.cut();
});

function connect(use: RedisUse = 'request'): RedisConnection {
  const redis = connectRedis(line.url, { role: 'test', use, log, deadlineMs: DEADLINE_MS });
  open.push(redis);
  return redis;
}

describe('waiting for a connection', () => {
  it('ends when it is up, and at once when it was', async () => {
    await line.open();
    const redis = connect();
    await connected(redis);
    expect(redis.status).toBe('ready');
    await connected(redis);
  });

  it('fails at the first attempt that fails', async () => {
    await expect(connected(connect())).rejects.toThrow('ECONNREFUSED');
  });

  it('ends when it is given up, also between two attempts, when nothing else tells of it', async () => {
    const redis = connect();
    await expect.poll(() => redis.status).toBe('reconnecting');
    const givenUp = new AbortController();
    const waiting = connected(redis, givenUp.signal);
    redis.disconnect();
    givenUp.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    expect(redis.listenerCount('ready')).toBe(1);
  });
});

describe('a Redis that is away', () => {
  it('is told of once, with where it was looked for, and once when it is back', async () => {
    const redis = connect();
    const attempts = vi.fn();
    redis.on('reconnecting', attempts);
    await expect.poll(() => attempts.mock.calls.length).toBeGreaterThan(2);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        redis: withoutCredentials(line.url),
        role: 'test',
        reason: expect.stringContaining('REFUSED'),
      }),
      expect.stringContaining('not reachable'),
    );
    await line.open();
    await expect.poll(() => redis.status).toBe('ready');
    expect(info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ redis: withoutCredentials(line.url) }),
      'Redis is reachable again',
    );
  });

  it('is not told of when it was there from the start', async () => {
    await line.open();
    await connected(connect());
    expect([error.mock.calls, info.mock.calls]).toEqual([[], []]);
  });

  it('fails the commands of a request at once, with no wait for its return', async () => {
    await line.open();
    const redis = connect();
    await connected(redis);
    await line.cut();
    await expect(redis.ping()).rejects.toThrow();
  });

  it('keeps the commands of a background connection until it is back', async () => {
    const redis = connect('background');
    const answer = redis.ping();
    await expect.poll(() => redis.status).toBe('reconnecting');
    await line.open();
    expect(await answer).toBe('PONG');
  });
});

it('a Redis that hangs fails the commands of a request at their deadline', async () => {
  await line.open();
  const redis = connect();
  await connected(redis);
  line.freeze();
  await expect(redis.ping()).rejects.toThrow('timed out');
});
