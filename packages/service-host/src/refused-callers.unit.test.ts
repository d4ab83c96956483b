import { Metrics } from '@hybrid-sync/sync-core';
import { expect, it, vi } from 'vitest';
import { RefusedCallers } from './refused-callers.js';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const { made, book } = tokensOfEachRole();

it.each<[string, string, string, Record<string, string>]>([
  ['token-missing', 'no token', '/read', {}],
  ['token-malformed', 'another scheme', '/read', { authorization: 'Basic dTpw' }],
  ['token-unknown', 'a guess', '/read', { authorization: 'Bearer hs_guess' }],
  ['token-expired', 'an old token', '/read', { authorization: `Bearer ${made.expired.token}` }],
  ['role', 'too low a role', '/admin', { authorization: `Bearer ${made.read.token}` }],
  ['foreign-page', 'a page elsewhere', '/read', { origin: 'https://evil.example' }],
])('%s: %s is counted, and warned of without the token', async (reason, _, url, headers) => {
  const metrics = new Metrics('api');
  const warn = vi.fn();
  const app = serverUnderTest({ tokens: book, metrics, warn });
  await app.inject({ url, headers: { host: 'localhost', ...headers } });
  expect(await metrics.registry.metrics()).toContain(
    `hybrid_sync_callers_refused_total{reason="${reason}",role="api"} 1\n`,
  );
  const line = { reason, count: 1, address: '127.0.0.1', wanted: url };
  expect(warn).toHaveBeenCalledWith(expect.objectContaining(line), 'callers were turned away');
  expect(JSON.stringify(warn.mock.calls)).not.toMatch(/hs_|dTpw/);
});

it('what is let in is neither', async () => {
  const warn = vi.fn();
  const app = serverUnderTest({ tokens: book, warn });
  const headers = { host: 'localhost', authorization: `Bearer ${made.read.token}` };
  expect((await app.inject({ url: '/read', headers })).statusCode).toBe(200);
  expect(warn).not.toHaveBeenCalled();
});

it('a wrong role is warned of with the name of its token', async () => {
  const warn = vi.fn();
  const app = serverUnderTest({ tokens: book, warn });
  const headers = { host: 'localhost', authorization: `Bearer ${made.read.token}` };
  await app.inject({ url: '/admin', headers });
  expect(warn.mock.calls[0]?.[0]).toMatchObject({ reason: 'role', caller: 'reader' });
});

it('many refusals have few lines, which say how many there were', () => {
  let now = 0;
  const warn = vi.fn();
  const refused = new RefusedCallers(undefined, { warn }, () => now);
  for (let each = 0; each < 1000; each++) refused.note('token-unknown', {});
  refused.note('role', {});
  now = 10_000;
  refused.note('token-unknown', {});
  expect(warn.mock.calls.map(([{ reason, count }]) => [reason, count])).toEqual([
    ['token-unknown', 1],
    ['role', 1],
    ['token-unknown', 1000],
  ]);
});
