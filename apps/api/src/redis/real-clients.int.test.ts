import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const run = promisify(execFile);
let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0' });
});
afterAll(() => api.stop());

it.each([2, 3] as const)('node-redis writes and reads as it does with Redis, over RESP%i', async (RESP) => {
  const client = createClient({ url: `redis://127.0.0.1:${api.redisPort}`, RESP, name: 'tried' });
  await client.connect();
  expect(await client.set('n', 'one', { EX: 100, GET: true })).toBeNull();
  expect(await client.get('n')).toBe('one');
  expect(await client.ttl('n')).toBeGreaterThan(90);
  expect(await client.incrByFloat('n:float', 0.5)).toBe('0.5');
  expect(await client.mGet(['n', 'none'])).toEqual(['one', null]);
  const found: string[] = [];
  for await (const keys of client.scanIterator({ MATCH: 'n*', COUNT: 1000 })) found.push(...keys);
  expect(new Set(found)).toEqual(new Set(['n', 'n:float']));
  expect(await client.clientGetName()).toBe('tried');
  expect(await client.del(['n', 'n:float'])).toBe(2);
  await client.close();
});

it('redis-cli says what it says of Redis', async () => {
  const cli = async (...args: string[]) =>
    (await run('redis-cli', ['-p', String(api.redisPort), ...args])).stdout.trim();
  expect(await cli('SET', 'c', 'a b')).toBe('OK');
  expect(await cli('--json', 'GET', 'c')).toBe('"a b"');
  expect(await cli('-3', 'TYPE', 'c')).toBe('string');
  expect(await cli('INFO', 'persistence')).toBe('# Persistence\r\nloading:0');
});

it('redis-benchmark runs against it', async () => {
  const { stdout } = await run('redis-benchmark', [
    ...['-p', String(api.redisPort), '-n', '500', '-c', '10', '-P', '4', '-t', 'set,get', '--csv'],
  ]);
  expect(stdout).toMatch(/"SET","\d+/);
  expect(stdout).toMatch(/"GET","\d+/);
});
