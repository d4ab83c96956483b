import { createToken, parseTokenEntries, TokenBook } from '@hybrid-sync/access-tokens';
import { httpServer } from '@hybrid-sync/service-host';
import { loadSettings } from '@hybrid-sync/sync-core';
import { toolContract } from '@hybrid-sync/tool-contract';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { documentationRoutes } from './documentation-routes.js';
import { openApiDocument } from './openapi.js';

const document = openApiDocument(toolContract(), '1.2.3');
const app = httpServer({
  settings: loadSettings({ env: {} }).settings,
  boundTo: '127.0.0.1',
  bodyLimit: 1000,
  tokens: new TokenBook(parseTokenEntries(createToken({ name: 'a', role: 'read' }).entry)),
  log: pino({ level: 'silent' }),
});
beforeAll(() => app.register(documentationRoutes, { document }));
afterAll(() => app.close());

it('the document is served to everybody, also where there are tokens', async () => {
  const answer = await send(app, { url: '/openapi.json' });
  expect(answer).toMatchObject({ status: 200, body: { openapi: '3.1.0', info: { version: '1.2.3' } } });
  expect(answer.body).toEqual(JSON.parse(JSON.stringify(document)));
});

describe('the page', () => {
  it.each(['/docs', '/docs/'])('at %s loads its own files, each of which is there', async (url) => {
    const page = await send(app, { url });
    expect(page).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringMatching(/^text\/html/) },
    });
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source as string);
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      const own = new URL(source, `http://localhost${url}`);
      expect(own.host, source).toBe('localhost');
      expect(await send(app, { url: own.pathname }), source).toMatchObject({ status: 200 });
    }
  });

  it('may by its policy load and call nothing but this server', async () => {
    const { headers } = await send(app, { url: '/docs/' });
    const policy = String(headers['content-security-policy']);
    const allowed = policy.split(';').flatMap((directive) => directive.trim().split(' ').slice(1));
    const withoutHashes = allowed.filter((source) => !source.startsWith("'sha256-"));
    expect(new Set(withoutHashes)).toEqual(new Set(["'none'", "'self'", 'data:']));
    expect(policy).toMatch(/default-src 'none'/);
  });

  it('shows the document, and does not ask a service elsewhere whether it is valid', async () => {
    const initializer = await send(app, { url: '/docs/static/swagger-initializer.js' });
    expect(initializer.body).toMatch(/"validatorUrl":\s*null/);
    expect(initializer.body).toMatch(/resolveUrl\('\.\.\/openapi\.json'\)/);
  });

  it.each(['/docs', '/docs/'])('at %s is whole behind a path prefix, too', async (url) => {
    const page = await send(app, { url });
    for (const [, source = ''] of page.body.matchAll(/(?:src|href)="([^"]*)"/g)) {
      const seen = new URL(source, `http://proxy/some/prefix${url}`);
      expect(seen.host, source).toBe('proxy');
      expect(seen.pathname, source).toMatch(/^\/some\/prefix\/docs\/static\//);
    }
    const { body } = await send(app, { url: '/openapi.json' });
    for (const { url: server } of body.servers)
      expect(new URL(server, 'http://proxy/some/prefix/openapi.json').href).toBe('http://proxy/some/prefix/');
  });

  it.each([
    '/docs/static/../../package.json',
    '/docs/static/%2e%2e%2f%2e%2e%2fpackage.json',
    '/docs/static/absent',
  ])('serves no other file: %s', async (url) => {
    expect((await send(app, { url })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('what is for everybody', () => {
  it.each(['/openapi.json', '/docs', '/docs/', '/docs/static/swagger-ui-bundle.js'])(
    'is prepared once, and sent again only where it has changed: %s',
    async (url) => {
      const stringify = vi.spyOn(JSON, 'stringify');
      const first = await app.inject({ url, headers: { host: 'localhost' } });
      expect(first.statusCode).toBe(200);
      expect(stringify.mock.calls.filter(([made]) => typeof made === 'object')).toEqual([]);
      stringify.mockRestore();
      const etag = String(first.headers.etag);
      const again = await app.inject({ url, headers: { host: 'localhost', 'if-none-match': etag } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
      expect(again.headers['cache-control']).toBe('no-cache');
    },
  );
});
