import { createToken } from '@hybrid-sync/access-tokens';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { RawRedis } from '../testing/raw-redis.js';

const tokens = (['read', 'write', 'admin'] as const).map((role) =>
  createToken({ name: `the-${role}`, role }),
);
let guarded: InProcessApi;

beforeAll(async () => {
  guarded = await startInProcessApi({
    REDIS_LISTEN_PORT: '0',
    API_TOKENS: tokens.map(({ entry }) => entry).join(','),
  });
});
afterAll(() => guarded.stop());

it('nobody does anything without one', async () => {
  const raw = await RawRedis.open(guarded.redisPort);
  raw.send('GET a\r\nAUTH nonsense\r\nHELLO 3\r\nHSET a b c\r\n*11\r\n');
  await expect
    .poll(() => raw.received)
    .toMatch(/^-NOAUTH .*\r\n-WRONGPASS .*\r\n-NOAUTH HELLO .*\r\n-NOAUTH .*\r\n-ERR Protocol error: unauth/);
  expect(raw.received).not.toContain('nonsense');
  await expect.poll(() => raw.closed).toBe(true);
});

it('each does what its role may', async () => {
  const may = async (index: number, ...commands: [string, ...string[]][]) => {
    const client = new Redis(guarded.redisPort ?? 0, '127.0.0.1', {
      username: `the-${['read', 'write', 'admin'][index]}`,
      password: tokens[index]?.token ?? '',
    });
    const outcomes = await Promise.allSettled(commands.map(([name, ...args]) => client.call(name, ...args)));
    client.disconnect();
    return outcomes.map((outcome) => outcome.status === 'fulfilled' || String(outcome.reason).split(' ')[1]);
  };
  const commands: [string, ...string[]][] = [
    ['GET', 'a'],
    ['SET', 'a', '1'],
    ['KEYS', 'a'],
  ];
  expect(await may(0, ...commands)).toEqual([true, 'NOPERM', 'NOPERM']);
  expect(await may(1, ...commands)).toEqual([true, true, 'NOPERM']);
  expect(await may(2, ...commands)).toEqual([true, true, true]);
});

it('the name must be that of the token, or default', async () => {
  const raw = await RawRedis.open(guarded.redisPort);
  const token = tokens[0]?.token;
  raw.send(`AUTH the-write ${token}\r\nAUTH default ${token}\r\nAUTH ${token}\r\nRESET\r\nGET a\r\n`);
  await expect.poll(() => raw.received).toMatch(/^-WRONGPASS .*\r\n\+OK\r\n\+OK\r\n\+RESET\r\n-NOAUTH /);
  raw.socket.destroy();
});
