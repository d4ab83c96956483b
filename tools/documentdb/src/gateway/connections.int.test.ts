import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Document, deserialize, serialize } from 'bson';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logIn } from '../testing/raw-login.js';
import { openTestDatabase, type TestDatabase } from '../testing/test-database.js';

/** These speak to the server without a driver, to say what no driver says. */
let database: TestDatabase;
const sockets: Socket[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => database.dispose());

/** A connection on which nobody has logged in. */
async function openAsStranger(): Promise<Socket> {
  const socket = connect(database.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, command: Document): Promise<Document> {
  socket.write(message(1, command));
  return (await replies(socket, 1))[0]?.document ?? {};
}

/** A connection that may do everything. */
async function open(): Promise<Socket> {
  const socket = await openAsStranger();
  await logIn(database.url, (command) => ask(socket, command));
  return socket;
}

interface Parts {
  readonly flags?: number;
  readonly sequence?: { readonly name: string; readonly documents: readonly Document[] };
  readonly checksum?: boolean;
  readonly opCode?: number;
  readonly length?: number;
}

function message(requestId: number, command: Document, parts: Parts = {}): Buffer {
  const { flags = 0, sequence, checksum = false, opCode = 2013 } = parts;
  const head = Buffer.alloc(20);
  const sections = [Buffer.from([0]), serialize({ ...command, $db: database.db.databaseName })];
  if (sequence !== undefined) {
    const content = [Buffer.from(`${sequence.name}\0`), ...sequence.documents.map((each) => serialize(each))];
    const size = Buffer.alloc(4);
    size.writeInt32LE(4 + content.reduce((sum, { length }) => sum + length, 0));
    sections.push(Buffer.from([1]), size, ...content);
  }
  if (checksum) sections.push(Buffer.alloc(4, 0xff));
  const whole = Buffer.concat([head, ...sections]);
  whole.writeInt32LE(parts.length ?? whole.length, 0);
  whole.writeInt32LE(requestId, 4);
  whole.writeInt32LE(opCode, 12);
  whole.writeUInt32LE(flags | (checksum ? 1 : 0), 16);
  return whole;
}

interface Reply {
  readonly responseTo: number;
  readonly document: Document;
}

/** Reads replies until there are as many as asked for. */
async function replies(socket: Socket, count: number): Promise<Reply[]> {
  const found: Reply[] = [];
  let bytes = Buffer.alloc(0);
  for await (const [chunk] of on(socket)) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= bytes.readInt32LE(0)) {
      const length = bytes.readInt32LE(0);
      const isOld = bytes.readInt32LE(12) === 1;
      const document = deserialize(bytes.subarray(isOld ? 36 : 21, length));
      found.push({ responseTo: bytes.readInt32LE(8), document });
      bytes = bytes.subarray(length);
    }
    if (found.length >= count) break;
  }
  return found;
}

function on(socket: Socket): AsyncIterable<[Buffer]> {
  return {
    async *[Symbol.asyncIterator]() {
      while (!socket.destroyed) yield (await once(socket, 'data')) as [Buffer];
    },
  };
}

async function expectOthersUnharmed(): Promise<void> {
  const items = database.db.collection('unharmed');
  await items.insertOne({});
  expect(await items.countDocuments()).toBeGreaterThan(0);
}

describe('a client may', () => {
  test('send several requests without waiting, and gets the replies in their order', async () => {
    const socket = await open();
    const requests = Array.from({ length: 40 }, (_, index) => message(100 + index, { ping: 1 }));
    socket.write(Buffer.concat(requests));
    const answered = await replies(socket, 40);
    expect(answered.map(({ responseTo }) => responseTo)).toEqual(
      Array.from({ length: 40 }, (_, i) => 100 + i),
    );
    expect(answered.every(({ document }) => document.ok === 1)).toBe(true);
  });

  test('send a request byte by byte', async () => {
    const socket = await open();
    socket.setNoDelay(true);
    for (const byte of message(7, { ping: 1 })) {
      await new Promise<void>((resolve, reject) =>
        socket.write(Buffer.from([byte]), (error) => (error ? reject(error) : resolve())),
      );
    }
    const [reply] = await replies(socket, 1);
    expect(reply).toMatchObject({ responseTo: 7, document: { ok: 1 } });
  });

  test('send documents as a sequence, with a checksum', async () => {
    const socket = await open();
    const documents = Array.from({ length: 50 }, (_, index) => ({ _id: index }));
    const command = { insert: 'sequence', ordered: false };
    socket.write(message(1, command, { sequence: { name: 'documents', documents } }));
    expect((await replies(socket, 1))[0]?.document).toMatchObject({ n: 50, ok: 1 });
    socket.write(
      message(2, command, { sequence: { name: 'documents', documents: [{ _id: 50 }, { _id: 7 }] } }),
    );
    expect((await replies(socket, 1))[0]?.document).toMatchObject({
      n: 1,
      writeErrors: [{ index: 1, code: 11_000 }],
    });
    const updates = [
      { q: { _id: 7 }, u: { $set: { a: 1 } } },
      { q: { _id: 99 }, u: { $set: { a: 1 } }, upsert: true },
    ];
    socket.write(message(3, { update: 'sequence' }, { sequence: { name: 'updates', documents: updates } }));
    expect((await replies(socket, 1))[0]?.document).toMatchObject({
      n: 2,
      nModified: 1,
      upserted: [{ index: 1, _id: 99 }],
    });
    const deletes = [
      { q: { _id: 7 }, limit: 1 },
      { q: { _id: { $gte: 40 } }, limit: 0 },
    ];
    socket.write(message(4, { delete: 'sequence' }, { sequence: { name: 'deletes', documents: deletes } }));
    expect((await replies(socket, 1))[0]?.document).toMatchObject({ n: 13 });
  });

  test('begin with the old hello', async () => {
    const socket = await open();
    const body = serialize({ ismaster: 1, helloOk: true });
    const head = Buffer.alloc(16 + 4 + 'admin.$cmd\0'.length + 8);
    head.writeInt32LE(head.length + body.length, 0);
    head.writeInt32LE(5, 4);
    head.writeInt32LE(2004, 12);
    head.write('admin.$cmd\0', 20);
    head.writeInt32LE(-1, head.length - 4);
    socket.write(Buffer.concat([head, body]));
    const [reply] = await replies(socket, 1);
    expect(reply).toMatchObject({ responseTo: 5, document: { helloOk: true, ok: 1 } });
  });

  test('be slow to take a large reply', async () => {
    const text = 'x'.repeat(1_000_000);
    await database.db.collection('slow').insertMany(Array.from({ length: 12 }, () => ({ text })));
    const socket = await open();
    socket.pause();
    socket.write(message(1, { find: 'slow', filter: {} }));
    await expectOthersUnharmed();
    socket.resume();
    const [reply] = await replies(socket, 1);
    expect(reply?.document.cursor.firstBatch).toHaveLength(12);
  });

  test('vanish in the middle of a request, of its reply, and with a cursor open', async () => {
    await database.db.collection('vanish').insertMany(Array.from({ length: 2_000 }, (_, rank) => ({ rank })));
    const inRequest = await open();
    inRequest.write(message(1, { find: 'vanish', filter: {} }).subarray(0, 30));
    const inReply = await open();
    inReply.write(message(1, { find: 'vanish', filter: {}, batchSize: 2_000 }));
    const withCursor = await open();
    withCursor.write(message(1, { find: 'vanish', sort: { rank: 1 }, batchSize: 2 }));
    await replies(withCursor, 1);
    for (const socket of [inRequest, inReply, withCursor]) socket.resetAndDestroy();
    await expectOthersUnharmed();
  });
});

describe('before a login', () => {
  beforeEach(({ skip }) => {
    if (!database.isGateway || new URL(database.url).username === '') skip();
  });

  test.each<[string, Document]>([
    ['a read', { find: 'items', filter: {} }],
    ['a write', { insert: 'items', documents: [{ _id: 1 }] }],
    ['going on with a cursor', { getMore: 1, collection: 'items' }],
    ['the names of databases', { listDatabases: 1 }],
    ['the state of the server', { serverStatus: 1 }],
    ['a command that nobody knows', { nonsense: 1 }],
    ['a name of every object', { toString: 1 }],
  ])('%s is refused', async (_name, command) => {
    expect(await ask(await openAsStranger(), command)).toMatchObject({ ok: 0, code: 13 });
  });

  test.each(['hello', 'ping', 'buildInfo', 'connectionStatus'])('%s is answered', async (name) => {
    expect(await ask(await openAsStranger(), { [name]: 1 })).toMatchObject({ ok: 1 });
  });

  test.each<[string, Document[], number]>([
    ['begins in the middle', [{ saslContinue: 1, conversationId: 1, payload: Buffer.from('') }], 18],
    ['names another way', [{ saslStart: 1, mechanism: 'PLAIN', payload: Buffer.from('') }], 334],
    ['has a payload of another type', [{ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 7 }], 14],
    [
      'leaves out the proof',
      [
        { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('n,,n=hybrid-sync,r=abc') },
        { saslContinue: 1, conversationId: 1, payload: Buffer.from('') },
      ],
      18,
    ],
  ])('a login that %s opens nothing', async (_name, commands, code) => {
    const socket = await openAsStranger();
    let last: Document = {};
    for (const command of commands) last = await ask(socket, command);
    expect(last).toMatchObject({ ok: 0, code });
    expect(await ask(socket, { find: 'items' })).toMatchObject({ code: 13 });
  });

  test('a login that fails takes back one that stood', async () => {
    const socket = await open();
    expect(await ask(socket, { find: 'items' })).toMatchObject({ ok: 1 });
    await ask(socket, { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: Buffer.from('n,,n=other,r=abc') });
    expect(await ask(socket, { find: 'items' })).toMatchObject({ code: 13 });
  });

  test.each([
    ['saslStart', 'payload'],
    ['hello', 'speculativeAuthenticate'],
  ])('what is no document inside %s is refused', async (name, field) => {
    const socket = await openAsStranger();
    const bytes = message(1, { [name]: 1, [field]: { a: { b: 'text' } } });
    bytes.writeInt32LE(9_999, bytes.indexOf('text') - 4);
    socket.write(bytes);
    expect((await replies(socket, 1))[0]?.document).toMatchObject({ ok: 0, code: 9 });
    await expectOthersUnharmed();
  });

  test('a long message closes the connection', async () => {
    const socket = await openAsStranger();
    const closed = once(socket, 'close');
    socket.resume();
    socket.write(message(1, { hello: 1, filler: 'x'.repeat(20_000) }));
    await closed;
    await expectOthersUnharmed();
  });
});

describe('garbage closes its own connection and no other', () => {
  test.each<[string, () => Buffer]>([
    ['a length below the header', () => message(1, { ping: 1 }, { length: 3 })],
    ['a negative length', () => message(1, { ping: 1 }, { length: -1 })],
    ['a length beyond the limit', () => message(1, { ping: 1 }, { length: 0x7fffffff })],
    ['an op code nobody knows', () => message(1, { ping: 1 }, { opCode: 4711 })],
    ['another protocol', () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a required flag nobody knows', () => message(1, { ping: 1 }, { flags: 1 << 5 })],
  ])('%s', async (_name, bytes) => {
    const bystander = await open();
    const socket = await open();
    const closed = once(socket, 'close');
    socket.resume();
    socket.end(bytes());
    await closed;
    bystander.write(message(2, { ping: 1 }));
    expect((await replies(bystander, 1))[0]?.document).toMatchObject({ ok: 1 });
    await expectOthersUnharmed();
  });

  test('a document whose own length lies', async () => {
    const socket = await open();
    const bytes = message(1, { ping: 1 });
    bytes.writeInt32LE(9_999, 21);
    const closed = once(socket, 'close');
    socket.resume();
    socket.end(bytes);
    await closed;
    await expectOthersUnharmed();
  });
});
