import { createToken } from '@hybrid-sync/access-tokens';
import { OwnHttp } from '@hybrid-sync/services/own-http';
import { expect, it } from 'vitest';
import { dashboardTests } from '../testing/dashboard-system.js';

const tests = dashboardTests();

/** A server of pages; browsers take every name that ends with .localhost for this machine, and for an origin of its own. */
async function pageServer(): Promise<number> {
  const server = await OwnHttp.start((_, response) => {
    response.setHeader('content-type', 'text/html').end('<p>A page');
  });
  tests.own(() => server.stop());
  return server.port;
}

it('a page of a named origin writes and reads by a token, and no other page does', async () => {
  const port = await pageServer();
  const { token, entry } = createToken({ name: 'page', role: 'write' });
  const named = `http://app.localhost:${port}`;
  const { api } = await tests.start({ ALLOWED_ORIGINS: named, API_TOKENS: entry }, false);
  const asked = async (origin: string) => {
    const context = await tests.browser.newContext();
    tests.own(() => context.close());
    const page = await context.newPage();
    await page.goto(origin);
    return page.evaluate(`(async () => {
      const headers = { authorization: 'Bearer ${token}', 'content-type': 'application/json' };
      const url = '${api.url}/kv/of-a-page';
      try {
        const written = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ value: 'v' }) });
        const read = await fetch(url, { headers: { ...headers, 'if-none-match': '"1"' } });
        const refused = await fetch(url);
        return {
          statuses: [written.status, read.status, refused.status],
          value: (await read.json()).value,
          tagged: read.headers.get('etag') === written.headers.get('etag'),
          told: refused.headers.get('www-authenticate') !== null,
        };
      } catch (error) {
        return error.name;
      }
    })()`);
  };
  expect(await asked(named)).toEqual({ statuses: [200, 200, 401], value: 'v', tagged: true, told: true });
  expect(await asked(`http://other.localhost:${port}`)).toBe('TypeError');
});
