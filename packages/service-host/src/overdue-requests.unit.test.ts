import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { loadSettings } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { httpServer } from './http-server.js';

/** Far below Node's own limit on headers, which must not count for the body instead. */
const REQUEST_TIMEOUT_MS = 200;

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

it.each([
  ['headers', ''],
  ['a body', 'Content-Length: 20\r\n\r\n{"v'],
])('%s too slow to arrive: 408', async (_, rest) => {
  const { settings } = loadSettings({ env: { REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS) } });
  app = httpServer({
    settings,
    boundTo: '127.0.0.1',
    bodyLimit: 1024,
    tokens: undefined,
    log: pino({ level: 'silent' }),
  });
  app.post('/', async () => 'done');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${rest}`);
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
});
