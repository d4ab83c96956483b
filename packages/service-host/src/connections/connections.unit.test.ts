import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionBounds, Connections } from './connections.js';

/** More than the sockets of both sides take in. */
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

let server: Server | undefined;
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  server?.close();
});

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function start(
  bounds: Partial<ConnectionBounds>,
  handle: Handle = (_, response) => response.end('ok'),
) {
  server = createServer({ keepAliveTimeout: 60_000 }, handle);
  const connections = new Connections(server, { max: 100, maxPerAddress: 100, takeMs: 60_000, ...bounds });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return connections;
}

/** A client that reads nothing until it is told to. */
function client(localAddress = '127.0.0.1'): Socket {
  const at = server?.address() as AddressInfo;
  const socket = connect({ port: at.port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  clients.push(socket);
  return socket;
}

const closed = (socket: Socket) => once(socket.resume(), 'close');

describe('connections', () => {
  it.each([
    ['of one address', { maxPerAddress: 3 }, '127.0.0.1'],
    ['of all addresses', { max: 3 }, '127.0.0.2'],
  ])('beyond the bound %s are closed, until others are gone', async (_, bounds, address) => {
    const connections = await start(bounds);
    const held = [client(), client(), client()];
    await expect.poll(() => connections.size).toBe(3);
    await closed(client(address));
    held[0]?.destroy();
    await expect.poll(() => connections.size).toBe(2);
    const later = client(address);
    later.write(GET);
    expect(String((await once(later, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
  });

  it('of another address are taken', async () => {
    await start({ maxPerAddress: 1 });
    client();
    const other = client('127.0.0.2');
    other.write(GET);
    expect(String((await once(other, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('the requests of a connection', () => {
  it('are handled one after the other', async () => {
    const under: ServerResponse[] = [];
    let most = 0;
    await start({}, (_, response) => {
      under.push(response);
      most = Math.max(most, under.length);
      setImmediate(() => {
        under.pop();
        response.end('ok');
      });
    });
    const socket = client();
    socket.write(GET.repeat(10));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    await expect.poll(() => answer.split('HTTP/1.1 200').length - 1).toBe(10);
    expect(most).toBe(1);
  });

  it('that are too many to wait end it, and only what was begun was handled', async () => {
    let handled = 0;
    await start({}, () => handled++);
    const socket = client();
    socket.write(GET.repeat(2000));
    await closed(socket);
    expect(handled).toBe(1);
  });

  it('are not handled before the answers before them are taken', async () => {
    let handled = 0;
    await start({}, (_, response) => {
      handled++;
      response.end(LARGE);
    });
    const socket = client().pause();
    socket.write(GET.repeat(5));
    await expect.poll(() => handled).toBe(1);
    socket.resume();
    await expect.poll(() => handled).toBe(5);
  });
});

it('a part of an answer that is not taken in time ends the connection, too; a long answer does not', async () => {
  const connections = await start({ takeMs: 1000 }, (request, response) => {
    response.write(request.url === '/large' ? LARGE : 'small');
  });
  const [idle, lazy] = [client(), client().pause()];
  idle.write(GET);
  lazy.write(GET.replace('/', '/large'));
  await expect.poll(() => connections.size).toBe(2);
  await expect.poll(() => connections.size).toBe(1);
  expect(idle.destroyed).toBe(false);
});

it('an answer that is not taken in time ends the connection; one that is, does not', async () => {
  const connections = await start({ takeMs: 1000 }, (_, response) => response.end(LARGE));
  const [idle, lazy] = [client(), client().pause()];
  lazy.write(GET);
  idle.write(GET);
  let taken = 0;
  idle.on('data', (data) => {
    taken += data.length;
  });
  await expect.poll(() => connections.size).toBe(1);
  await expect.poll(() => taken).toBeGreaterThanOrEqual(LARGE.length);
  taken = 0;
  idle.write(GET);
  await expect.poll(() => taken).toBeGreaterThanOrEqual(LARGE.length);
});
