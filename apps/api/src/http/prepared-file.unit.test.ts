import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { prepareFile, sendPrepared } from './prepared-file.js';

const TEXT = 'the same words, '.repeat(1000);
const file = prepareFile('text/plain; charset=utf-8', TEXT);
const small = prepareFile('text/plain; charset=utf-8', 'a few words');
const app = Fastify();
app.get('/', async (request, reply) => sendPrepared(file, request, reply));
app.get('/small', async (request, reply) => sendPrepared(small, request, reply));
afterAll(() => app.close());

const get = (accepted: string, known = '', url = '/') =>
  app.inject({ url, headers: { 'accept-encoding': accepted, 'if-none-match': known } });

it.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)(
  'a file goes packed as %s to who accepts that, with a tag of its own',
  async (packing, unpack) => {
    const { headers, rawPayload } = await get(packing);
    expect(unpack(rawPayload).toString()).toBe(TEXT);
    const tag = file.etag.replace(/"$/, `-${packing}"`);
    expect(headers).toMatchObject({
      'content-encoding': packing,
      'content-length': String(rawPayload.length),
      'content-type': file.type,
      vary: 'Accept-Encoding',
      etag: tag,
    });
    const known = await get(packing, `"other", W/${tag}`);
    expect([known.statusCode, known.headers.etag, known.headers['content-encoding']]).toEqual([
      304,
      tag,
      undefined,
    ]);
    expect((await get('identity', tag)).statusCode).toBe(200);
  },
);

it('it is packed once, however many ask for it', async () => {
  const first = await Promise.all([get('br'), get('br')]);
  const packed = file.packed.get('br');
  const [one, ...others] = [...first, await get('br')].map(({ rawPayload }) => rawPayload);
  expect(others).toEqual([one, one]);
  expect(file.packed.get('br')).toBe(packed);
  expect(await packed).toEqual(one);
});

it('it goes as it is to everybody else', async () => {
  const { headers, body } = await get('identity');
  expect(body).toBe(TEXT);
  expect(headers).toMatchObject({ etag: file.etag, vary: 'Accept-Encoding' });
  expect(headers).not.toHaveProperty('content-encoding');
});

it('a small file goes as it is', async () => {
  const { headers, body } = await get('br', '', '/small');
  expect([body, headers.etag, headers['content-encoding']]).toEqual(['a few words', small.etag, undefined]);
});
