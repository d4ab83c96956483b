import { OK } from '@hybrid-sync/redis-protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RawRedis } from '../testing/raw-redis.js';
import type { CommandRunner } from './command-runner.js';
import { RedisDoor } from './redis-door.js';

let door: RedisDoor;

beforeAll(async () => {
  door = new RedisDoor({
    settings: {
      maxConnections: 10,
      maxConnectionsPerAddress: 10,
      requestTimeoutMs: 60_000,
      redisAnswer: 'journaled',
    },
    place: { host: '127.0.0.1', port: 0, namedBy: ['HOST', 'REDIS_LISTEN_PORT'], mayBeRemote: false },
    keeper: { tokens: undefined, refused: { note: () => undefined } },
    runner: { run: () => OK } as unknown as CommandRunner,
    bounds: { argumentBytes: 100_000, requestBytes: 1_000_000 },
    maxHeldBytes: 500_000,
    metrics: { show: () => undefined },
  });
  await door.listen();
});

afterAll(() => door.close());

it('those that hold most of requests that are not whole are closed, the others stay', async () => {
  const [least, heavy, heaviest, past] = await Promise.all([1, 2, 3, 4].map(() => RawRedis.open(door.port)));
  const begun = (count: number) => `*20\r\n${`$90000\r\n${'x'.repeat(90_000)}\r\n`.repeat(count)}`;
  // What is too large is thrown away as it comes, and held by nobody.
  past?.send(`*2\r\n$9000000\r\n${'x'.repeat(2_000_000)}`);
  least?.send(begun(1));
  heavy?.send(begun(6));
  heaviest?.send(begun(7));
  await expect.poll(() => [heavy?.closed, heaviest?.closed]).toEqual([true, true]);
  least?.send('$1\r\nx\r\n'.repeat(19));
  await expect.poll(() => least?.received).toBe('+OK\r\n');
  expect(past?.closed).toBe(false);
  for (const raw of [least, heavy, heaviest, past]) raw?.socket.destroy();
});
