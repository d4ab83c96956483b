import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { serverUnderTest } from '../testing/server-under-test.js';
import { share } from './shared-bytes.js';

/** Four of them are more than may wait to be taken. */
const HUGE = 20 * 1024 * 1024;
const SHARED = share(Buffer.alloc(HUGE, 'x'));
const app = serverUnderTest();
const config = { access: 'public' } as const;
app.get('/text', { config }, async (_, reply) => reply.type('text/plain').send('x'.repeat(HUGE)));
app.get('/bytes', { config }, async (_, reply) => reply.type('image/png').send(Buffer.from(SHARED)));
app.get('/parts', { config }, async (_, reply) => reply.send(new Response(Uint8Array.from(SHARED))));
app.get('/shared', { config }, async (_, reply) => reply.type('text/plain').send(SHARED));
let port: number;
beforeAll(async () => {
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => app.close());
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Asks for something, waits until its answer has begun, and takes no more of it. */
async function askAndStop(path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

/** How many bytes come until the end, whichever side ends it. */
async function takeAll(socket: Socket): Promise<number> {
  let bytes = 0;
  socket.on('data', (data) => {
    bytes += data.length;
  });
  await once(socket, 'close');
  return bytes;
}

it.each(['/text', '/bytes', '/parts'])(
  'who takes too little of what was made for them loses the oldest: %s',
  async (path) => {
    const first = await askAndStop(path);
    for (let more = 0; more < 3; more++) await askAndStop(path);
    expect(await takeAll(first)).toBeLessThan(HUGE);
  },
);

it('what is there once for all is in the way of nobody', async () => {
  const first = await askAndStop('/shared');
  for (let more = 0; more < 3; more++) await askAndStop('/shared');
  expect(await takeAll(first)).toBeGreaterThan(HUGE);
});
