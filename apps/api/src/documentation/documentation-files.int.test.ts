import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const HOST = { host: 'localhost' };

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

it('every file that the page of the documentation names is there', async () => {
  const { body } = await api.app.inject({ url: '/docs', headers: HOST });
  const sources = [...body.matchAll(/(?:src|href)="(dashboard\/[^"#]+)"/g)].map(([, source]) => `/${source}`);
  expect(sources).toContain('/dashboard/docs.js');
  for (const url of sources) {
    const { statusCode } = await api.app.inject({ url, headers: HOST });
    expect([url, statusCode]).toEqual([url, 200]);
  }
});

it('its script is sent again only where it has changed', async () => {
  const url = '/dashboard/docs.js';
  const { headers } = await api.app.inject({ url, headers: HOST });
  const etag = String(headers.etag);
  const again = await api.app.inject({ url, headers: { ...HOST, 'if-none-match': etag } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  expect(again.headers['cache-control']).toBe('no-cache');
});
