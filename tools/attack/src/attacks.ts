import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { put } from './bystander.js';
import type { Target } from './target.js';

/** One way to attack a pod. */
export interface Attack {
  readonly name: string;
  /** What the attacker needs: a token for readers, or none. */
  readonly with: 'nothing' | 'a read token';
  /** The port that it goes to; HTTP's unless given. */
  readonly at?: 'redis';
  /** Connections that it holds at the same time; each is opened again when it was closed. */
  readonly connections: number;
  /** What each connection sends, again after each answer if it reads any; undefined for nothing at all. */
  readonly sends?: (target: Target) => Buffer;
  /** Whether what comes is read. */
  readonly reads: boolean;
  /** Brings about what the attack asks for. */
  readonly prepare?: (target: Target) => Promise<void>;
}

const MIB = 1024 * 1024;
/** Keys that a body has room for within the largest body there is. */
const MANY = 420_000;
const DOCUMENTS = 60;
/** Time after which a connection that was closed is opened again, in milliseconds. */
const AGAIN_AFTER_MS = 50;
/** The attacker's, on the loopback, too, and not that of the other client. */
const ADDRESS = '127.0.0.2';

function message(target: Target, line: string, body = ''): Buffer {
  const headers = [
    'Host: localhost',
    `Authorization: Bearer ${target.readToken}`,
    'Accept: application/json, text/event-stream',
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${line} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
}

const call = (name: string, args: object) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index.toString(36));
/** A value that JSON writes six times as long. */
const prepareValue = async (target: Target) => {
  await put(target, 'control', '\u0001'.repeat(MIB));
};

/** Every attack over HTTP, each with its smallest means. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'documents that nobody reads',
    with: 'nothing',
    connections: 600,
    sends: () => Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(DOCUMENTS)),
    reads: false,
  },
  { name: 'connections that say nothing', with: 'nothing', connections: 2000, reads: false },
  {
    name: 'a value of control characters, not read',
    with: 'a read token',
    connections: 30,
    prepare: prepareValue,
    sends: (target) => message(target, 'POST /mcp', call('kv_get', { key: 'control' })),
    reads: false,
  },
  {
    name: 'the same four times in one answer',
    with: 'a read token',
    connections: 30,
    prepare: prepareValue,
    sends: (target) => message(target, 'POST /mcp', call('kv_mget', { keys: Array(4).fill('control') })),
    reads: true,
  },
  {
    name: 'a message of 420,000 keys',
    with: 'a read token',
    connections: 6,
    sends: (target) => {
      const params = Object.fromEntries(numbers(MANY).map((key) => [key, 1]));
      return message(target, 'POST /mcp', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params }));
    },
    reads: true,
  },
  {
    name: '420,000 keys asked for',
    with: 'a read token',
    connections: 6,
    sends: (target) => message(target, 'POST /kv/mget', JSON.stringify({ keys: numbers(MANY) })),
    reads: true,
  },
  {
    name: 'a query of 9,400 parts',
    with: 'a read token',
    connections: 30,
    sends: (target) => message(target, `GET /kv?${'a&'.repeat(9400)}`),
    reads: true,
  },
  {
    name: 'waits for what never comes',
    with: 'a read token',
    connections: 400,
    sends: (target) => message(target, 'GET /sync/keys/never?version=9007199254740991&waitMs=30000'),
    reads: true,
  },
];

/** Attacks until the signal. `scale`: share of the connections, for a short form. */
export async function run(attack: Attack, target: Target, scale: number, until: AbortSignal): Promise<void> {
  await attack.prepare?.(target);
  const bytes = attack.sends?.(target);
  const count = Math.max(1, Math.round(attack.connections * scale));
  const sockets = new Set<Socket>();
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  until.addEventListener('abort', end, { once: true });
  await Promise.all(Array.from({ length: count }, () => hold(attack, target, bytes, sockets, until)));
}

/** Holds one connection until the signal, and opens it again when it was closed. */
async function hold(
  { reads, at }: Attack,
  target: Target,
  bytes: Buffer | undefined,
  sockets: Set<Socket>,
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted) {
    const port = at === 'redis' ? target.redisPort : target.port;
    const socket = connect({ port, host: '127.0.0.1', localAddress: ADDRESS });
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (bytes !== undefined) send(socket, bytes, reads);
    await new Promise((closed) => socket.once('close', closed));
    sockets.delete(socket);
    await pause(AGAIN_AFTER_MS);
  }
}

/** Sends, and where answers are read, sends again as soon as something of one has come. */
function send(socket: Socket, bytes: Buffer, reads: boolean): void {
  socket.write(bytes);
  if (!reads) return;
  let waits = true;
  socket.on('data', () => {
    if (!waits) return;
    waits = false;
    setImmediate(() => {
      waits = true;
      if (socket.writableLength === 0) socket.write(bytes);
    });
  });
}
