import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/system/delay-line-main.js', import.meta.url));
const DELAY_MS = 50;

let server: Server;
let line: ChildProcess;
let port: number;
beforeEach(async () => {
  server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = await getPort({ host: '127.0.0.1' });
  line = fork(MAIN, [String(port), String((server.address() as AddressInfo).port), String(DELAY_MS)]);
  await once(line, 'message');
});
afterEach(async () => {
  line.kill();
  await once(line, 'exit');
  server.close();
  await once(server, 'close');
});

it('holds every reply back, keeps their order, and passes the end on', async () => {
  const client = connect(port, '127.0.0.1');
  let received = '';
  let firstAt = 0;
  const sentAt = performance.now();
  client.on('data', (part: Buffer) => {
    firstAt ||= performance.now();
    received += part.toString();
  });
  for (let number = 0; number < 100; number++) client.write(`${number},`);
  client.end();
  await once(client, 'close');
  // Timers may fire a fraction of a millisecond early by this clock.
  expect(firstAt - sentAt).toBeGreaterThan(DELAY_MS - 2);
  expect(received).toBe(Array.from({ length: 100 }, (_, number) => `${number},`).join(''));
});
