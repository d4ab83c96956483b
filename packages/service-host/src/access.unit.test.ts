import { describe, expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const { made, book } = tokensOfEachRole();
const app = serverUnderTest({ tokens: book });
const open = serverUnderTest();

async function get(url: string, authorization?: string, server = app) {
  const response = await server.inject({
    url,
    headers: { host: 'localhost', ...(authorization === undefined ? {} : { authorization }) },
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

describe('a route', () => {
  const allowed: [role: 'read' | 'write' | 'admin', route: string, status: number][] = [
    ['read', '/read', 200],
    ['read', '/write', 403],
    ['read', '/admin', 403],
    ['write', '/read', 200],
    ['write', '/write', 200],
    ['write', '/admin', 403],
    ['admin', '/read', 200],
    ['admin', '/write', 200],
    ['admin', '/admin', 200],
    ['write', '/unsaid', 403],
    ['admin', '/unsaid', 200],
    ['read', '/public', 200],
  ];
  it.each(allowed)('with a token of role %s: %s is %i', async (role, route, status) => {
    expect(await get(route, `Bearer ${made[role].token}`)).toMatchObject({ status });
  });

  it('knows who calls', async () => {
    expect((await get('/write', `Bearer ${made.write.token}`)).body).toEqual({
      caller: { name: 'writer', role: 'write' },
    });
  });

  it('for everybody needs no token', async () => {
    expect(await get('/public')).toMatchObject({ status: 200 });
  });

  it('says which role it needs', async () => {
    const { headers, body } = await get('/admin', `Bearer ${made.write.token}`);
    expect(headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="admin"/);
    expect(body).toMatchObject({ status: 403, code: 'FORBIDDEN', field: 'Authorization' });
    expect(body.detail).toMatch(/role admin/);
  });
});

describe('a caller is turned away', () => {
  it.each([
    ['without a token', undefined, /^Bearer realm="hybrid-sync", resource_metadata="[^"]+"$/, /missing/],
    ['with another scheme', 'Basic dTpw', /error="invalid_token"/, /must be: Bearer/],
    ['with a scheme alone', 'Bearer', /error="invalid_token"/, /must be: Bearer/],
    ['with two tokens', `Bearer ${made.read.token} x`, /error="invalid_token"/, /must be: Bearer/],
    ['with a token without its scheme', made.admin.token, /error="invalid_token"/, /must be: Bearer/],
    ['with an unknown token', 'Bearer hs_guess', /error="invalid_token"/, /not known/],
    ["with an entry's hash", `Bearer ${made.admin.entry.split(':')[2]}`, /invalid_token/, /not known/],
    ['with an expired token', `Bearer ${made.expired.token}`, /error="invalid_token"/, /expired/],
  ])('%s', async (_, authorization, challenge, detail) => {
    for (const url of ['/read', '/admin', '/unsaid']) {
      const { status, headers, body } = await get(url, authorization);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toMatch(challenge);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ status: 401, code: 'UNAUTHORIZED', field: 'Authorization' });
      expect(body.detail).toMatch(detail);
    }
  });

  it('from unknown routes, too, so that only callers with a token learn which ones there are', async () => {
    expect(await get('/nowhere')).toMatchObject({ status: 401 });
    expect(await get('/nowhere', `Bearer ${made.read.token}`)).toMatchObject({ status: 404 });
  });
});

describe('without tokens', () => {
  it.each(['/read', '/admin', '/unsaid', '/public'])('everybody may call %s', async (url) => {
    expect(await get(url, undefined, open)).toMatchObject({ status: 200 });
  });

  it('everybody on this machine is an admin', async () => {
    expect((await get('/read', undefined, open)).body.caller).toEqual({ name: 'local', role: 'admin' });
  });
});
