import { expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const { made, book } = tokensOfEachRole();
const PAGE = 'https://app.example';
const app = serverUnderTest({ tokens: book, env: { ALLOWED_ORIGINS: PAGE } });

async function ask(method: 'GET' | 'OPTIONS', url: string, headers: Record<string, string>, server = app) {
  const response = await server.inject({ method, url, headers: { host: 'localhost', ...headers } });
  return { status: response.statusCode, headers: response.headers };
}
const preflight = (origin: string) =>
  ask('OPTIONS', '/write', {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization,if-match',
  });

it('a preflight of a named origin is answered without a token', async () => {
  const { status, headers } = await preflight(PAGE);
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    'access-control-allow-origin': PAGE,
    'access-control-allow-methods': expect.stringContaining('PUT'),
    'access-control-allow-headers': expect.stringMatching(
      /Authorization.*Content-Encoding.*If-Match.*Mcp-Protocol-Version/,
    ),
    vary: 'Origin',
  });
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
});

it('one of a page of this machine is, too', async () => {
  expect(await preflight('http://localhost:3000')).toMatchObject({ status: 204 });
});

it('a page of no named origin is refused, and told nothing that a browser would show it', async () => {
  const { status, headers } = await preflight('https://elsewhere.example');
  expect(status).toBe(403);
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

it.each([
  ['an answer', '/read', 200, { authorization: `Bearer ${made.read.token}` }],
  ['a refusal', '/read', 401, {}],
  ['an error', '/broken', 500, { authorization: `Bearer ${made.read.token}` }],
])(
  '%s may be read by a page of a named origin, with what its headers tell',
  async (_, url, expected, more) => {
    const { status, headers } = await ask('GET', url, { origin: PAGE, ...more });
    expect(status).toBe(expected);
    expect(headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringMatching(/ETag, Retry-After, X-Request-Id/),
      vary: 'Origin',
    });
  },
);

it('a request of no page is answered as before, and caches are told that it matters', async () => {
  const { headers } = await ask('GET', '/read', { authorization: `Bearer ${made.read.token}` });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
  expect(headers.vary).toBe('Origin');
});

it('OPTIONS of no page is a method like others: 401, then 405 with what may be, or 404', async () => {
  const token = { authorization: `Bearer ${made.read.token}` };
  expect(await ask('OPTIONS', '/read', {})).toMatchObject({ status: 401 });
  expect(await ask('OPTIONS', '/read', token)).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
  });
  expect(await ask('OPTIONS', '/nowhere', token)).toMatchObject({ status: 404 });
});
