import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { ServiceLine } from '@hybrid-sync/services/line';
import { Connection } from 'mongodb/lib/cmap/connection.js';
import { expect, it } from 'vitest';
import { realWorld } from '../testing/real-world.js';
import { openDatabase } from './open-database.js';
import { endPendingWrites } from './pending-writes.js';

const TIMEOUT_MS = 1000;
/** More than the socket's buffers take, on both sides of a line. */
const LARGE = 'x'.repeat(15 * 1024 * 1024);

it('what is written to a socket that has just broken is refused', async () => {
  endPendingWrites();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const connection = new Connection(socket, {});
  // The connection hears of it in the next turn of the event loop.
  socket.destroy();
  await expect(connection.command({ db: 'admin' }, { hello: 1 }, {})).rejects.toThrow('closed');
  server.close();
});

it('a write larger than the buffers of a silent line ends at its time limit', async () => {
  const world = await realWorld(1);
  const line = await ServiceLine.to(world.settings.mongodbUrl);
  await line.open();
  const settings = { mongodbUrl: line.url, mongodbTimeoutMs: TIMEOUT_MS, mongodbMaxPoolSize: 1 };
  const { client, db } = openDatabase(settings, 'test');
  try {
    await db.command({ ping: 1 });
    line.freeze();
    await expect(db.collection('large').insertOne({ value: LARGE })).rejects.toThrow(/timed out|closed/);
  } finally {
    await line.cut();
    await client.close();
    await world.stop();
  }
});
