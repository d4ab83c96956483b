import { createToken, parseTokenEntries, TokenBook } from '@hybrid-sync/access-tokens';
import { httpServer } from '@hybrid-sync/service-host';
import { loadSettings } from '@hybrid-sync/sync-core';
import { toolContract } from '@hybrid-sync/tool-contract';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openApiDocument } from '../http/openapi.js';
import { send } from '../testing/http-request.js';
import { documentationPage } from './documentation-page.js';
import { documentationRoutes } from './documentation-routes.js';

const document = openApiDocument(toolContract(), '1.2.3');
const app = httpServer({
  settings: loadSettings({ env: {} }).settings,
  boundTo: '127.0.0.1',
  bodyLimit: 1000,
  tokens: new TokenBook(parseTokenEntries(createToken({ name: 'a', role: 'read' }).entry)),
  log: pino({ level: 'silent' }),
});
beforeAll(async () => {
  await app.register(documentationRoutes, { document });
});
afterAll(() => app.close());

it('the document is served to everybody, also where there are tokens', async () => {
  const answer = await send(app, { url: '/openapi.json' });
  expect(answer).toMatchObject({ status: 200, body: { openapi: '3.1.0', info: { version: '1.2.3' } } });
  expect(answer.body).toEqual(JSON.parse(JSON.stringify(document)));
});

const sourcesOf = (body: string) =>
  [...body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, source]) => source as string);

describe('the page', () => {
  it('names files of this server only, and is found without a slash at its end', async () => {
    const page = await send(app, { url: '/docs' });
    expect(page).toMatchObject({
      status: 200,
      headers: { 'content-type': expect.stringMatching(/^text\/html/) },
    });
    expect(sourcesOf(page.body).length).toBeGreaterThan(4);
    for (const source of sourcesOf(page.body)) {
      const own = new URL(source, 'http://localhost/docs');
      expect(own.host, source).toBe('localhost');
    }
    expect(await send(app, { url: '/docs/' })).toMatchObject({
      status: 308,
      headers: { location: '../docs' },
    });
  });

  it('may by its policy load and call nothing but this server, and run no script of its own text', async () => {
    const { headers } = await send(app, { url: '/docs' });
    const policy = String(headers['content-security-policy']);
    const allowed = policy.split(';').flatMap((directive) => directive.trim().split(' ').slice(1));
    expect(new Set(allowed)).toEqual(new Set(["'none'", "'self'", "'script'"]));
    expect(policy).toMatch(/default-src 'none'/);
  });

  it('has every operation, its arguments, fields, statuses and examples', async () => {
    const { body } = await send(app, { url: '/docs' });
    const operations = Object.values(document.paths ?? {}).flatMap((item) => Object.values(item ?? {}));
    expect(operations.length).toBeGreaterThan(25);
    for (const { operationId } of operations as { operationId: string }[]) {
      expect(body).toContain(`id="${operationId}"`);
      expect(body).toContain(`href="#${operationId}"`);
    }
    for (const text of [
      'asyncThreads.active',
      'pods[].id',
      'operations[].op',
      '{\\&quot;name\\&quot;: \\&quot;Ada\\&quot;}',
    ])
      expect(body.includes(text), text).toBe(true);
  });

  it('is whole behind a path prefix, too', async () => {
    const page = await send(app, { url: '/docs' });
    for (const source of sourcesOf(page.body)) {
      const seen = new URL(source, 'http://proxy/some/prefix/docs');
      expect(seen.host, source).toBe('proxy');
      expect(seen.pathname, source).toMatch(/^\/some\/prefix\//);
    }
    const { body } = await send(app, { url: '/openapi.json' });
    for (const { url: server } of body.servers)
      expect(new URL(server, 'http://proxy/some/prefix/openapi.json').href).toBe('http://proxy/some/prefix/');
  });

  it('takes no text of the document for markup', () => {
    const info = { title: '<script>alert("1")</script>', version: '&', description: '`<b>`' };
    const page = documentationPage({ ...document, info });
    expect(page).toContain('<h1>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</h1>');
    expect(page).toContain('<small>&amp;</small>');
    expect(page).toContain('<p><code>&lt;b&gt;</code></p>');
  });
});

describe('what is for everybody', () => {
  it.each(['/openapi.json', '/docs'])(
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
