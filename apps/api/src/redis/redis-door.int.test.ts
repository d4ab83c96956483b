import { OK, type Reply } from '@hybrid-sync/redis-protocol';
import { afterAll, expect, it, vi } from 'vitest';
import { startInProcessApi } from '../testing/in-process-api.js';
import { answered, RawRedis } from '../testing/raw-redis.js';
import type { Client } from './client.js';
import type { CommandRunner } from './command-runner.js';
import { RedisDoor } from './redis-door.js';

const doors: RedisDoor[] = [];

async function opened(
  settings: { redisIdleMs?: number } = {},
  reply: (args: readonly Buffer[], client: Client) => Reply | Promise<Reply> = () => OK,
): Promise<RedisDoor> {
  const run: CommandRunner['run'] = (args, client, _, asker) => {
    const told = reply(args, client);
    if (told instanceof Promise) void told.then((later) => asker.replied(later));
    else asker.replied(told);
  };
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

it('what is answered is looked at as it is answered, too', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  let answers = 0;
  const door = await opened({}, () => (answers++ === 0 ? new Promise(() => undefined) : 'x'.repeat(100_000)));
  vi.useRealTimers();
  const waiting = await RawRedis.open(door.port);
  waiting.send('PING\r\n'.repeat(8));
  await expect.poll(() => waiting.closed).toBe(true);
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

it('all that ask for much share the time of one turn of the event loop', async () => {
  let turn = 0;
  let counting = setImmediate(function count() {
    turn++;
    counting = setImmediate(count);
  });
  /** How many commands began in each turn, and whose they were. */
  const begun: { turn: number; id: number }[] = [];
  const door = await opened({}, (_, { id }) => {
    begun.push({ turn, id });
    for (const until = performance.now() + 0.2; performance.now() < until; );
    return OK;
  });
  const greedy = await Promise.all([1, 2, 3, 4, 5, 6].map(() => RawRedis.open(door.port)));
  for (const raw of greedy) raw.send('PING\r\n'.repeat(200));
  await expect.poll(() => begun.length).toBeGreaterThan(0);
  const modest = await RawRedis.open(door.port);
  modest.send('PING\r\n');
  await expect.poll(() => modest.received).toBe('+OK\r\n');
  const everybody = new Set(begun.map(({ id }) => id));
  expect(everybody.size).toBe(7);
  await expect.poll(() => begun.length).toBe(1201);
  clearImmediate(counting);
  const perTurn = new Map<number, number>();
  for (const each of begun) perTurn.set(each.turn, (perTurn.get(each.turn) ?? 0) + 1);
  // 10 of them take the 2 ms that there are; then what one connection begins together is through.
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(10 + 16);
  for (const raw of [...greedy, modest]) raw.socket.destroy();
});

it('what a client sent before it ended its side is done', async () => {
  let begun = 0;
  const door = await opened({}, () => {
    begun++;
    return OK;
  });
  const raw = await RawRedis.open(door.port);
  raw.send('PING\r\n'.repeat(1000));
  raw.socket.end();
  await expect.poll(() => raw.closed).toBe(true);
  expect(begun).toBe(1000);
  expect(raw.received).toBe('+OK\r\n'.repeat(1000));
});

it('a client that has gone is noticed while it waits, however much it asked for behind that', async () => {
  let waiting: Promise<number> | undefined;
  const door = await opened({}, (_, client) => {
    client.waits++;
    waiting ??= new Promise((resolve) => client.gone.addEventListener('abort', () => resolve(0)));
    return waiting;
  });
  const raw = await RawRedis.open(door.port);
  raw.send('WAIT 1 0\r\n'.repeat(20_000));
  await expect.poll(() => waiting !== undefined).toBe(true);
  raw.socket.end();
  await expect.poll(() => raw.closed).toBe(true);
});

it('a stop answers what is under way, and waits for nobody who does not end or takes nothing', async () => {
  const stopped = await startInProcessApi({ REDIS_LISTEN_PORT: '0' });
  const [asking, idle, deaf] = await Promise.all([1, 2, 3].map(() => RawRedis.open(stopped.redisPort)));
  asking?.send('SET last 1\r\n');
  await expect.poll(() => asking?.received).toBe('+OK\r\n');
  deaf?.socket.pause();
  deaf?.send(`APPEND big ${'x'.repeat(60_000)}\r\n`.repeat(16) + 'GET big\r\n'.repeat(40));
  // More than what the two sides keep by themselves.
  await expect.poll(() => answered(stopped, 'get')).toBeGreaterThan(15);
  asking?.send('INCR last\r\nGET last\r\n');
  await stopped.stop();
  await expect.poll(() => [asking?.closed, idle?.closed]).toEqual([true, true]);
  expect(asking?.received).toMatch(/^\+OK\r\n(:2\r\n\$1\r\n2\r\n)?$/);
  for (const raw of [asking, idle, deaf]) raw?.socket.destroy();
});
