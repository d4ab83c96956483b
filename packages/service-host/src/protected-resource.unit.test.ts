import { describe, expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const { made, book } = tokensOfEachRole();
const PUBLIC = { PUBLIC_URL: 'https://sync.example/cache' };
const ROOT = '/.well-known/oauth-protected-resource';

async function described(url: string, env: Record<string, string> = {}, host = 'localhost:8080') {
  const response = await serverUnderTest({ tokens: book, env }).inject({ url, headers: { host } });
  return { status: response.statusCode, ...response.json() };
}

describe('what a client must know of the tokens', () => {
  it('is told without one', async () => {
    expect(await described(ROOT)).toEqual({
      status: 200,
      resource: 'http://localhost:8080',
      resource_name: 'hybrid-sync',
      bearer_methods_supported: ['header'],
      scopes_supported: ['read', 'write', 'admin'],
    });
  });

  it.each([
    ['of one path', `${ROOT}/mcp`, {}, 'http://localhost:8080/mcp'],
    ['behind a path prefix', ROOT, PUBLIC, 'https://sync.example/cache'],
    ['of one path behind a prefix', `${ROOT}/mcp`, PUBLIC, 'https://sync.example/cache/mcp'],
    ['by a proxy that keeps the prefix', `${ROOT}/cache/mcp`, PUBLIC, 'https://sync.example/cache/mcp'],
    ['of the prefix itself', `${ROOT}/cache`, PUBLIC, 'https://sync.example/cache'],
    ['of a path that begins like the prefix', `${ROOT}/caches`, PUBLIC, 'https://sync.example/cache/caches'],
  ])('%s', async (_, url, env, resource) => {
    expect(await described(url, env)).toMatchObject({ status: 200, resource });
  });

  it('is nothing where there are no tokens', async () => {
    for (const url of [ROOT, `${ROOT}/mcp`]) {
      const response = await serverUnderTest().inject({ url, headers: { host: 'localhost' } });
      expect(response.statusCode).toBe(404);
    }
  });
});

describe('a challenge says where that is', () => {
  async function namedFor(
    url: string,
    headers: Record<string, string> = {},
    env: Record<string, string> = {},
  ) {
    const app = serverUnderTest({ tokens: book, env, boundTo: '0.0.0.0' });
    const response = await app.inject({ url, headers: { host: 'localhost:8080', ...headers } });
    const challenge = String(response.headers['www-authenticate']);
    return /, resource_metadata="([^"]*)"$/.exec(challenge)?.[1];
  }
  const LOCAL = `http://localhost:8080${ROOT}`;

  it.each<[string, string, string | undefined, Record<string, string>?]>([
    ['without a token', '/read', `${LOCAL}/read`],
    ['with a token that is not known', '/read?a=1', `${LOCAL}/read`, { authorization: 'Bearer hs_guess' }],
    ['with too low a role', '/admin', `${LOCAL}/admin`, { authorization: `Bearer ${made.read.token}` }],
    ['of a route that is not', '/nowhere', `${LOCAL}/nowhere`],
    ['of a path that is no plain text', '/files/a%22b', LOCAL],
    ['of a long path', `/files/${'x'.repeat(300)}`, LOCAL],
    ['under an address of IPv6', '/read', `http://[::1]:8080${ROOT}/read`, { host: '[::1]:8080' }],
    ['nowhere, under a Host that breaks out of its quotes', '/read', undefined, { host: 'a"b' }],
  ])('%s', async (_, url, named, headers) => {
    expect(await namedFor(url, headers)).toBe(named);
  });

  it('behind a path prefix, where it can be fetched', async () => {
    const named = await namedFor('/read', {}, PUBLIC);
    expect(named).toBe(`https://sync.example/cache${ROOT}/read`);
    const { resource } = await described(String(named).replace(PUBLIC.PUBLIC_URL, ''), PUBLIC);
    expect(resource).toBe('https://sync.example/cache/read');
  });
});
