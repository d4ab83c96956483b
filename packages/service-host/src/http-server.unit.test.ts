import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const app = serverUnderTest({ env: { REQUEST_TIMEOUT_MS: '300' } });
let port: number;
beforeAll(async () => {
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => app.close());

/** Sends text as it is, in parts, and gives back the whole answer. The connection stays open on this side. */
async function send(...parts: (string | Buffer)[]): Promise<{ status: number; head: string; body: string }> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body };
}

const HEAD = 'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const post = async (payload: string | Buffer, type = 'application/json') => {
  const response = await app.inject({
    method: 'POST',
    url: '/echo',
    headers: { host: 'localhost', 'content-type': type },
    payload,
  });
  return { status: response.statusCode, body: response.json() };
};

describe('a request that does not become one', () => {
  it.each([
    ['whose headers do not end', ['GET /read HTTP/1.1\r\nHost: localhost\r\n'], 408, 'REQUEST_TIMEOUT'],
    ['whose body does not end', [`${HEAD}Content-Length: 20\r\n\r\n{"a":`], 408, 'REQUEST_TIMEOUT'],
    ['that never begins', [], 408, 'REQUEST_TIMEOUT'],
    [
      'with headers that are too long',
      [`GET /read HTTP/1.1\r\nX: ${'x'.repeat(30_000)}\r\n\r\n`],
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['that is not HTTP', ['\x16\x03\x01\x02\x00\x01\r\n\r\n'], 400, 'INVALID_REQUEST'],
    ['of HTTP/1.1 without a Host', ['GET /read HTTP/1.1\r\n\r\n'], 400, undefined],
  ])('%s', async (_, parts, status, code) => {
    const answer = await send(...parts);
    expect(answer.status).toBe(status);
    if (code === undefined) return;
    expect(answer.head).toMatch(/content-type: application\/problem\+json/);
    expect(answer.head).toMatch(/x-content-type-options: nosniff/);
    expect(JSON.parse(answer.body)).toMatchObject({ status, code });
  });
});

it('a connection on which nothing was ever asked for keeps no stop waiting', async () => {
  const patient = serverUnderTest({ env: { REQUEST_TIMEOUT_MS: '600000' } });
  const accepted = once(patient.server, 'connection');
  const unused = connect(Number(new URL(await patient.listen({ host: '127.0.0.1', port: 0 })).port));
  const closed = once(unused, 'close');
  await accepted;
  await patient.close();
  await closed;
  expect(unused.destroyed).toBe(true);
});

it('a connection that was given up is closed, whether or not the client closes it', async () => {
  const held = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  held.on('error', () => undefined);
  held.write(HEAD);
  const connections = () => new Promise((resolve) => app.server.getConnections((_, count) => resolve(count)));
  await expect.poll(connections).toBeGreaterThan(0);
  await expect.poll(connections).toBe(0);
  held.destroy();
});

describe('a body', () => {
  it('of JSON is taken as it is', async () => {
    const body = { text: 'ключ \u{1F511} \u0000', number: 1 };
    expect(await post(JSON.stringify(body))).toEqual({ status: 200, body: { body } });
  });

  it.each<[string, string | Buffer, string | undefined, number, string, string]>([
    ['that is cut off', '{"a":', undefined, 400, 'INVALID_INPUT', 'body'],
    ['that is empty', '', undefined, 400, 'INVALID_INPUT', 'body'],
    ['with NaN', '{"a":NaN}', undefined, 400, 'INVALID_INPUT', 'body'],
    ['with a raw control character', '{"a":"\u0001"}', undefined, 400, 'INVALID_INPUT', 'body'],
    ['that sets a prototype', '{"__proto__":{"a":1}}', undefined, 400, 'INVALID_INPUT', 'body'],
    [
      'that sets a prototype by way of constructor',
      '{"constructor":{"prototype":{"a":1}}}',
      undefined,
      400,
      'INVALID_INPUT',
      'body',
    ],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), undefined, 400, 'INVALID_INPUT', 'body'],
    ['of text', 'hello', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type'],
    ['of a form', 'a=b', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type'],
    ['over the limit', `"${'x'.repeat(1000)}"`, undefined, 413, 'BODY_TOO_LARGE', 'body'],
  ])('%s is refused, without being quoted', async (_, payload, type, status, code, field) => {
    const answer = await post(payload, type);
    expect(answer).toMatchObject({ status, body: { status, code, field } });
    expect(answer.body.detail).not.toMatch(/hello|xxx/);
  });

  it('that is empty is called so', async () => {
    expect((await post('')).body.detail).toBe('body: is empty; without a body leave the Content-Type out');
  });
});

describe('a path', () => {
  const request = async (method: 'GET' | 'POST' | 'DELETE', url: string) => {
    const response = await app.inject({ method, url, headers: { host: 'localhost' } });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };

  it('that nothing is served at is a problem', async () => {
    expect(await request('GET', '/nowhere')).toMatchObject({
      status: 404,
      headers: { 'content-type': expect.stringMatching(/^application\/problem\+json/) },
      body: { code: 'NOT_FOUND', field: 'path' },
    });
  });

  it.each([
    ['DELETE', '/read', 'GET, HEAD'],
    ['GET', '/echo', 'POST'],
    ['POST', '/files/a/b?c=d', 'GET, HEAD'],
  ] as const)('knows which methods it has: %s %s', async (method, url, allow) => {
    expect(await request(method, url)).toMatchObject({
      status: 405,
      headers: { allow },
      body: { code: 'METHOD_NOT_ALLOWED', field: 'method' },
    });
  });

  it('of an unknown route is refused before a body is read', async () => {
    const answer = await send(
      'POST /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/plain\r\n' +
        'Content-Length: 5000\r\n\r\n',
    );
    expect(answer.status).toBe(404);
  });

  it('that is not well percent-encoded is a problem', async () => {
    expect(await request('GET', '/files/%ff')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_INPUT', field: 'path' },
    });
  });
});

it('an error inside is told of without its words', async () => {
  const response = await app.inject({ url: '/broken', headers: { host: 'localhost' } });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({ code: 'INTERNAL' });
  expect(response.body).not.toMatch(/secret|at /);
});

it.each(['/read', '/nowhere', '/broken', '/files/%ff'])(
  'every answer tells browsers that it is no page: %s',
  async (url) => {
    const response = await app.inject({ url, headers: { host: 'localhost' } });
    expect(response.headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(response.headers['strict-transport-security']).toBeUndefined();
  },
);

it('a slow body is not waited for without a token', async () => {
  const guarded = serverUnderTest({ tokens: tokensOfEachRole().book });
  const address = new URL(await guarded.listen({ host: '127.0.0.1', port: 0 }));
  try {
    const socket = connect(Number(address.port), '127.0.0.1');
    socket.write(`${HEAD}Content-Length: 20\r\n\r\n`);
    const [data] = await once(socket, 'data');
    expect(data.toString()).toMatch(/^HTTP\/1.1 401/);
    socket.destroy();
  } finally {
    await guarded.close();
  }
});

describe('a server that closes', () => {
  it('serves what still arrives on an open connection, and tells it to be the last there', async () => {
    const closing = serverUnderTest();
    let arrived = () => {};
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    closing.get('/slow', { config: { access: 'public' } }, async () => {
      arrived();
      await released;
      return { slow: true };
    });
    const address = new URL(await closing.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(address.port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString('latin1');
    });
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await slow;
    const next = once(closing.server, 'request');
    const closed = closing.close();
    socket.write('GET /public HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await next;
    release();
    await once(socket, 'close');
    await closed;
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(answer.toLowerCase().match(/connection: close/g)).toHaveLength(1);
  });
});
