import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { serverUnderTest } from '../testing/server-under-test.js';

/** Takes bodies of 1,000 bytes. */
const app = serverUnderTest();
app.post('/length', { config: { access: 'read' } }, async ({ bodyBytes }) => ({ bodyBytes }));
afterAll(() => app.close());

const PACK = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync } as const;
const ENCODINGS = Object.keys(PACK) as (keyof typeof PACK)[];

async function post(payload: Buffer, encoding: string, url = '/echo') {
  const headers = { host: 'localhost', 'content-type': 'application/json', 'content-encoding': encoding };
  const response = await app.inject({ method: 'POST', url, headers, payload });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

describe.each(ENCODINGS)('a body that is packed as %s', (encoding) => {
  const pack = PACK[encoding];
  const text = JSON.stringify({ text: 'ключ \u{1F511} \u0000' });

  it.each([encoding, encoding.toUpperCase()])('is read as what it was: %s', async (said) => {
    expect(await post(pack(text), said)).toMatchObject({ status: 200, body: { body: JSON.parse(text) } });
  });

  it('has the length that it had before', async () => {
    const { body } = await post(pack(text), encoding, '/length');
    expect(body.bodyBytes).toBe(Buffer.byteLength(text));
  });

  it('may be as long as any other, and no longer', async () => {
    const longest = `"${'x'.repeat(998)}"`;
    expect((await post(pack(longest), encoding)).status).toBe(200);
    const tooLong = await post(pack(`${longest} `), encoding);
    expect(tooLong).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE', field: 'body' } });
  });

  it('is given up at the limit, however much it would become', async () => {
    const bomb = pack(Buffer.alloc(800_000, ' '));
    expect(bomb.length).toBeLessThan(1000);
    expect(await post(bomb, encoding)).toMatchObject({ status: 413 });
  });

  it.each([
    ['cut off', pack(text).subarray(0, -1)],
    ['followed by something', Buffer.concat([pack(text), Buffer.from('{}')])],
    ['not packed at all', Buffer.from(text)],
    ['packed, and is no JSON', pack('{"a":')],
    ['packed, and is no UTF-8', pack(Buffer.from([0x22, 0xff, 0x22]))],
  ])('is refused where it is %s', async (_, payload) => {
    expect(await post(payload, encoding)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_INPUT', field: 'body' },
    });
  });
});

it.each(['zstd', 'compress', 'made-up', 'gzip, br', 'identity, gzip', '', '__proto__', 'constructor'])(
  'a body that is packed as %j is refused for that, with what is taken',
  async (encoding) => {
    const { status, headers, body } = await post(gzipSync('{"a":1}'), encoding);
    expect(status).toBe(415);
    expect(headers['accept-encoding']).toBe('gzip, deflate, br');
    expect(body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', field: 'Content-Encoding' });
  },
);

it('a body may say that it is not packed', async () => {
  expect(await post(Buffer.from('{"a":1}'), 'identity')).toMatchObject({ status: 200 });
});
