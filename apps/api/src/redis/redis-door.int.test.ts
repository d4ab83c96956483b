import { OK } from '@hybrid-sync/redis-protocol';
import { afterAll, expect, it, vi } from 'vitest';
import { RawRedis } from '../testing/raw-redis.js';
import type { CommandRunner } from './command-runner.js';
import { RedisDoor } from './redis-door.js';

const doors: RedisDoor[] = [];

async function opened(
  settings: { redisIdleMs?: number } = {},
  run: CommandRunner['run'] = () => OK,
): Promise<RedisDoor> {
  const door = new RedisDoor({
    settings: {
      maxConnections: 10,
      maxConnectionsPerAddress: 10,
      requestTimeoutMs: 60_000,
      redisAnswer: 'journaled',
      redisIdleMs: 0,
      ...settings,
    },
    place: { host: '127.0.0.1', port: 0, namedBy: ['HOST', 'REDIS_LISTEN_PORT'], mayBeRemote: false },
    keeper: { tokens: undefined, refused: { note: () => undefined } },
    runner: { run } as unknown as CommandRunner,
    bounds: { argumentBytes: 100_000, requestBytes: 1_000_000 },
    maxHeldBytes: 500_000,
    metrics: { show: () => undefined },
    certificate: undefined,
  });
  doors.push(door);
  await door.listen();
  return door;
}

afterAll(() => Promise.all(doors.map((door) => door.close())));

it('those that hold most of requests that are not whole are closed, the others stay', async () => {
  const door = await opened();
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

it('what comes at once is looked at as it comes, not only after a time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const door = await opened();
  vi.useRealTimers();
  const flood = await RawRedis.open(door.port);
  flood.send(`*20\r\n${`$90000\r\n${'x'.repeat(90_000)}\r\n`.repeat(8)}`);
  await expect.poll(() => flood.closed).toBe(true);
});

it('who may hold what it likes is not among them', async () => {
  const door = await opened();
  const allowed = await RawRedis.open(door.port);
  await expect.poll(() => door.size).toBe(1);
  for (const client of door.clients()) client.mayHold = true;
  const heavy = await RawRedis.open(door.port);
  const begun = (count: number) => `*20\r\n${`$90000\r\n${'x'.repeat(90_000)}\r\n`.repeat(count)}`;
  allowed.send(begun(8));
  heavy.send(begun(7));
  await expect.poll(() => heavy.closed).toBe(true);
  expect(allowed.closed).toBe(false);
  for (const raw of [heavy, allowed]) raw.socket.destroy();
});

it('one that asks for nothing for longer than it may is closed', async () => {
  const door = await opened({ redisIdleMs: 1000 });
  const [idle, busy] = await Promise.all([1, 2].map(() => RawRedis.open(door.port)));
  const asking = setInterval(() => busy?.send('PING\r\n'), 100);
  await expect.poll(() => idle?.closed, { timeout: 10_000 }).toBe(true);
  clearInterval(asking);
  expect(busy?.closed).toBe(false);
  busy?.socket.destroy();
});

it('one that asks for much that is answered at once lets others have their turn', async () => {
  const begun: number[] = [];
  const door = await opened({}, (_, { id }) => {
    begun.push(id);
    for (const until = performance.now() + 0.2; performance.now() < until; );
    return OK;
  });
  const greedy = await RawRedis.open(door.port);
  const other = await RawRedis.open(door.port);
  greedy.send('PING\r\n'.repeat(2000));
  other.send('PING\r\n');
  await expect.poll(() => greedy.received.length).toBe('+OK\r\n'.length * 2000);
  const ofOther = begun.findIndex((id) => id !== begun[0]);
  expect(ofOther).toBeGreaterThan(-1);
  expect(ofOther).toBeLessThan(1000);
  for (const raw of [greedy, other]) raw.socket.destroy();
});
