import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { afterEach, beforeEach, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/system/delay-line-main.js', import.meta.url));
const DELAY_MS = 50;

/** What the line lets through in a second where that is limited, in bytes. */
const BYTES_PER_SECOND = 100_000;

let server: Server;
let line: ChildProcess;
let port: number;
async function startLine(...more: string[]): Promise<void> {
  port = await getPort({ host: '127.0.0.1' });
  line = fork(MAIN, [
    String(port),
    String((server.address() as AddressInfo).port),
    String(DELAY_MS),
    ...more,
  ]);
  await once(line, 'message');
}
beforeEach(async () => {
  server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  line.kill();
  await once(line, 'exit');
  server.close();
  await once(server, 'close');
});

it('holds every reply back, keeps their order, and passes the end on', async () => {
  await startLine();
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

it('lets no more through to the server than it is told to, of all connections together', async () => {
  await startLine(String(BYTES_PER_SECOND));
  const sent = Buffer.alloc(BYTES_PER_SECOND / 10, 'x');
  const startedAt = performance.now();
  const received = await Promise.all(
    [1, 2, 3].map(async () => {
      const client = connect(port, '127.0.0.1');
      let bytes = 0;
      client.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      client.end(sent);
      await once(client, 'close');
      return bytes;
    }),
  );
  expect(received).toEqual([sent.length, sent.length, sent.length]);
  expect(performance.now() - startedAt).toBeGreaterThan((1000 * 3 * sent.length) / BYTES_PER_SECOND);
});

it('holds replies back for as long as it was told last, and none overtakes an earlier one', async () => {
  await startLine();
  const client = connect(port, '127.0.0.1');
  let received = '';
  client.on('data', (part: Buffer) => {
    received += part.toString();
  });
  await once(client, 'connect');
  const told = (delayMs: number) =>
    new Promise<void>((resolve, reject) =>
      line.send({ delayMs }, (error) => (error === null ? resolve() : reject(error))),
    );
  await told(500);
  client.write('a');
  // What the server has echoed is held back by now, or will be for no longer than what comes after it.
  await told(0);
  client.write('b');
  client.end();
  await once(client, 'close');
  expect(received).toBe('ab');
});
