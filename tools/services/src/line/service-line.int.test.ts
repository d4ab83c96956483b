import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnRedis } from '../testing/own-redis.js';
import { ServiceLine } from './service-line.js';

let own: OwnRedis;
let line: ServiceLine;
let clients: Redis[];
beforeEach(async () => {
  own = await OwnRedis.start();
  line = await ServiceLine.to(own.url);
  await line.open();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await line.cut();
  await own.stop();
});

function client(connectionName = 'any'): Redis {
  const redis = new Redis(line.url, { connectionName, commandTimeout: 500, retryStrategy: null });
  redis.on('error', () => undefined);
  clients.push(redis);
  return redis;
}

describe('a line', () => {
  it('brings commands and replies through', async () => {
    expect(await client().echo('x'.repeat(1_000_000))).toHaveLength(1_000_000);
  });

  it('silences one connection and leaves the others alone', async () => {
    const [one, other] = [client('one'), client('other')];
    expect(await Promise.all([one.ping(), other.ping()])).toEqual(['PONG', 'PONG']);
    expect(line.silence((sent) => sent.includes('one'))).toBe(1);
    await expect(one.ping()).rejects.toThrow('timed out');
    expect(await other.ping()).toBe('PONG');
    expect(await client().ping()).toBe('PONG');
  });

  it('leads new connections elsewhere and keeps those that are up', async () => {
    const another = await OwnRedis.start();
    const before = client();
    await before.set('where', 'first');
    line.leadTo(another.url);
    expect(await client().get('where')).toBeNull();
    expect(await before.get('where')).toBe('first');
    await another.stop();
  });

  it('holds back what comes faster than it may', async () => {
    const redis = client();
    await redis.set('large', 'x'.repeat(400_000));
    line.limit(200_000);
    await expect(redis.get('large')).rejects.toThrow('timed out');
    line.limit(undefined);
    expect(await client().get('large')).toHaveLength(400_000);
  });

  it('freezes and thaws', async () => {
    const redis = client();
    await redis.ping();
    line.freeze();
    await expect(redis.ping()).rejects.toThrow('timed out');
    line.thaw();
    await expect.poll(() => redis.ping().catch(String)).toBe('PONG');
  });
});
