import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { share } from '../connections/shared-bytes.js';
import { serverUnderTest } from '../testing/server-under-test.js';

const LARGE = { text: 'a value, again and again; '.repeat(1000) };
const SMALL = { text: 'x'.repeat(4000) };
const app = serverUnderTest();
const config = { access: 'public' } as const;
app.get('/large', { config }, async (_, reply) => reply.header('etag', '"17"').send(LARGE));
app.get('/small', { config }, async (_, reply) => reply.header('etag', '"17"').send(SMALL));
app.get('/stream', { config }, async (_, reply) =>
  reply.type('text/event-stream').send(Readable.from(['data: '.repeat(2000)])),
);
const FILE = Buffer.alloc(5000, 'x');
app.get('/file', { config }, async (_, reply) => reply.type('text/plain').send(share(FILE)));
app.get('/value', { config }, async (_, reply) => reply.type('text/plain').send(Buffer.from(FILE)));
app.get('/picture', { config }, async (_, reply) => reply.type('image/png').send(Buffer.from(FILE)));
afterAll(() => app.close());

async function get(url: string, accepted?: string, method: 'GET' | 'HEAD' = 'GET') {
  const encoding = accepted === undefined ? {} : { 'accept-encoding': accepted };
  return app.inject({ method, url, headers: { host: 'localhost', ...encoding } });
}

describe('a large answer', () => {
  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['GZIP', 'gzip'],
  ])('is packed as its caller likes it: %s', async (accepted, encoding) => {
    const { headers, rawPayload } = await get('/large', accepted);
    const unpack = encoding === 'br' ? brotliDecompressSync : gunzipSync;
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      'content-length': String(rawPayload.length),
      'content-type': 'application/json; charset=utf-8',
      vary: expect.stringContaining('Accept-Encoding'),
      etag: `"17-${encoding}"`,
    });
    expect(JSON.parse(unpack(rawPayload).toString())).toEqual(LARGE);
    expect(rawPayload.length).toBeLessThan(1000);
  });

  it.each([undefined, '', 'identity', 'br;q=0, gzip;q=0', 'zstd', 'identity, br;q=0.1'])(
    'goes as it is to who accepts %s',
    async (accepted) => {
      const answer = await get('/large', accepted);
      expect(answer.json()).toEqual(LARGE);
      expect(answer.headers).toMatchObject({
        etag: '"17"',
        vary: expect.stringContaining('Accept-Encoding'),
      });
      expect(answer.headers).not.toHaveProperty('content-encoding');
    },
  );

  it('has the same headers where only they are asked for', async () => {
    const { headers, rawPayload } = await get('/large', 'br', 'HEAD');
    const { headers: got } = await get('/large', 'br');
    expect(rawPayload.length).toBe(0);
    for (const name of ['content-encoding', 'etag', 'vary']) expect(headers[name], name).toBe(got[name]);
  });

  it('reaches a caller over a connection that goes on', async () => {
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(port), '127.0.0.1');
    const ask = (path: string, more: string) =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n${more}\r\n`);
    ask('/large', '');
    ask('/public', 'Connection: close\r\n');
    let text = '';
    socket.setEncoding('latin1').on('data', (data) => {
      text += data;
    });
    await once(socket, 'close');
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(text.match(/content-encoding: gzip/g)).toHaveLength(1);
  });
});

it('bytes of a type of text are packed like text', async () => {
  const { headers, rawPayload } = await get('/value', 'gzip');
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'text/plain' });
  expect(gunzipSync(rawPayload)).toEqual(FILE);
});

it.each(['/small', '/stream', '/file', '/picture', '/public'])('%s is left alone', async (url) => {
  const { headers } = await get(url, 'br, gzip');
  expect(headers).not.toHaveProperty('content-encoding');
  expect(headers.vary ?? '').not.toContain('Accept-Encoding');
  expect(headers.etag ?? '"17"').toBe('"17"');
});

it('a page elsewhere is told that an answer varies by both', async () => {
  const headers = { host: 'localhost', origin: 'http://localhost:3000', 'accept-encoding': 'gzip' };
  const answer = await app.inject({ url: '/large', headers });
  expect(answer.headers.vary).toBe('Origin, Accept-Encoding');
});
