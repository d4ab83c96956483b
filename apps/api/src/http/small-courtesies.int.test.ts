import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const HOST = { host: 'localhost' };
const put = (headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'PUT',
    url: '/kv/k',
    headers: { ...HOST, 'content-type': 'application/json', ...headers },
    payload: '{"value":"v"}',
  });

it.each([
  ['/', /text\/html/],
  ['/favicon.ico', /image\/svg/],
])('%s leads to what a browser looks for there', async (url, type) => {
  const { statusCode, headers } = await api.app.inject({ url, headers: HOST });
  expect(statusCode).toBe(302);
  const there = new URL(String(headers.location), `http://localhost${url}`).pathname;
  const found = await api.app.inject({ url: there, headers: HOST });
  expect(found.statusCode).toBe(200);
  expect(found.headers['content-type']).toMatch(type);
});

it.each(['latin1', '"iso-8859-1"', 'utf-16', ''])(
  'a body in the charset %s is not taken',
  async (charset) => {
    const type = { 'content-type': `application/json; charset=${charset}` };
    const refused = await put(type);
    expect(refused.json()).toMatchObject({ status: 415, field: 'Content-Type' });
    const message = await api.app.inject({
      method: 'POST',
      url: '/mcp',
      headers: { ...HOST, ...type },
      payload: '{}',
    });
    expect(message.json()).toMatchObject({ error: { data: { field: 'Content-Type' } } });
    expect(message.statusCode).toBe(415);
  },
);

it.each(['utf-8', 'UTF-8', '"utf8"'])('a body in the charset %s is', async (charset) => {
  expect((await put({ 'content-type': `application/json; charset=${charset}` })).statusCode).toBe(200);
});

it('a condition that does not hold is told with the version there is, and a read is not told of a write', async () => {
  const { etag = '' } = (await put()).headers;
  const refused = await put({ 'if-none-match': '*' });
  expect(refused).toMatchObject({ statusCode: 412, headers: { etag } });
  expect(refused.json().detail).toContain('nothing was written');
  const deletion = await api.app.inject({
    method: 'DELETE',
    url: '/kv/k',
    headers: { ...HOST, 'if-match': '"1"' },
  });
  expect(deletion).toMatchObject({ statusCode: 412, headers: { etag } });
  const read = await api.app.inject({ url: '/kv/k', headers: { ...HOST, 'if-match': '"1"' } });
  expect(read).toMatchObject({ statusCode: 412, headers: { etag } });
  expect(read.json().detail).not.toContain('written');
});
