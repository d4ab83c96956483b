import { createToken } from '@hybrid-sync/access-tokens';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { RawRedis } from '../testing/raw-redis.js';
import { CommandRates } from './command-rates.js';

const LIMIT = 5;
const tokens = ['b', 'scout', 'a1', 'a2', 'a3'].map((name) => createToken({ name, role: 'admin' }));
const [b, scout, ...unused] = tokens.map(({ token }) => token);
let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({
    REDIS_LISTEN_PORT: '0',
    RATE_LIMIT_PER_MINUTE: String(LIMIT),
    API_TOKENS: tokens.map(({ entry }) => entry).join(' '),
  });
  // What comes before the connection to Redis is up goes through without being counted.
  const raw = await RawRedis.open(api.redisPort);
  raw.send(`AUTH ${scout}\r\n`);
  await vi.waitFor(
    () => {
      raw.send('GET a\r\n');
      expect(raw.received).toContain('-RATE_LIMITED');
    },
    { timeout: 20_000 },
  );
  raw.socket.destroy();
});
afterAll(() => api.stop());

async function answers(sent: string, lines: number): Promise<string[]> {
  const raw = await RawRedis.open(api.redisPort);
  raw.send(sent);
  const told = () => raw.received.split('\r\n').slice(0, -1);
  await expect.poll(() => told().length).toBe(lines);
  raw.socket.destroy();
  return told().map((line) => line.split(' ')[0] ?? '');
}

// On a busy machine a count may take longer than a command waits for it, and the command goes through uncounted.
it("refuses a token's commands beyond the limit of HTTP, which counts with it", { retry: 2 }, async () => {
  const a = unused.pop();
  const [first, ...more] = await answers(
    `AUTH ${a}\r\n${'STRLEN none\r\n'.repeat(LIMIT + 2)}PING\r\n`,
    LIMIT + 4,
  );
  expect(first).toBe('+OK');
  expect(more).toEqual([...Array(LIMIT).fill(':0'), '-RATE_LIMITED', '-RATE_LIMITED', '+PONG']);
  expect(await answers(`AUTH ${a}\r\nPING\r\nHSET a\r\n`, 3)).toEqual([
    '+OK',
    '-RATE_LIMITED',
    '-RATE_LIMITED',
  ]);
  const url = '/sync/settings';
  const over = { url, headers: { authorization: `Bearer ${a}` } };
  expect((await send(api.app, over)).status).toBe(429);
  // Others go on.
  expect(await answers(`AUTH ${b}\r\nSTRLEN none\r\n`, 2)).toEqual(['+OK', ':0']);
  expect(await api.pod.metrics.registry.metrics()).toMatch(/callers_refused_total\{reason="rate",.*\} [1-9]/);
});

it('counts guesses of tokens for their address, from which a valid one still lets in', {
  retry: 2,
}, async () => {
  const guesses = await answers(`${'AUTH guess\r\nGET a\r\n'.repeat(LIMIT)}AUTH ${b}\r\n`, 2 * LIMIT + 1);
  expect(guesses[0]).toBe('-WRONGPASS');
  expect(guesses.at(-2)).toBe('-RATE_LIMITED');
  expect(guesses.at(-1)).toBe('+OK');
});

it('lets everything through where Redis does not say how many there were', async () => {
  const redis = {
    at: () => ({ hsCountRequest: () => Promise.reject(new Error('away')) }),
    disconnect: () => undefined,
  } as unknown as ConstructorParameters<typeof CommandRates>[0];
  const rates = new CommandRates(redis, 1, 'hs');
  await expect(Promise.all([rates.take('a'), rates.take('a'), rates.take('a')])).resolves.toHaveLength(3);
  expect(() => rates.note('a')).not.toThrow();
});
