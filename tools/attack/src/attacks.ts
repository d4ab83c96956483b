import { put } from './bystander.js';
import type { Target } from './pod-under-attack.js';

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

const KIB = 1024;
const MIB = 1024 * KIB;
/** Keys that a body has room for within the largest body there is. */
const MANY = 420_000;
const DOCUMENTS = 60;
/** Commands that a connection sends together to Redis' port. */
const TOGETHER = 500;

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
const asReader = ({ readToken }: Target, commands: string) => Buffer.from(`AUTH ${readToken}\r\n${commands}`);
/** A value that JSON writes six times as long. */
const prepareValue = async (target: Target) => {
  await put(target, 'control', '\u0001'.repeat(MIB));
};
/** A value of the largest size. */
const prepareLarge = async (target: Target) => {
  await put(target, 'large', 'x'.repeat(MIB));
};

/** Every attack over HTTP and on the port that speaks Redis' protocol, each with its smallest means. */
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
  {
    name: "what is no request, at Redis' port",
    with: 'nothing',
    at: 'redis',
    connections: 200,
    sends: () => Buffer.alloc(70 * KIB, '"*'),
    reads: true,
  },
  {
    name: "guesses of tokens at Redis' port",
    with: 'nothing',
    at: 'redis',
    connections: 30,
    sends: () => Buffer.from('AUTH guess\r\nGET large\r\n'.repeat(TOGETHER)),
    reads: true,
  },
  {
    name: 'requests that never become whole',
    with: 'a read token',
    at: 'redis',
    connections: 400,
    sends: (target) =>
      asReader(target, `*9\r\n${`$${500 * KIB}\r\n${'x'.repeat(500 * KIB)}\r\n`.repeat(8)}$9\r\n`),
    reads: false,
  },
  {
    name: 'large values that nobody takes',
    with: 'a read token',
    at: 'redis',
    connections: 30,
    prepare: prepareLarge,
    sends: (target) => asReader(target, `${'GET large\r\n'.repeat(TOGETHER)}MGET${' large'.repeat(60)}\r\n`),
    reads: false,
  },
  {
    name: 'answers of 60 large values',
    with: 'a read token',
    at: 'redis',
    connections: 10,
    prepare: prepareLarge,
    sends: (target) => asReader(target, `MGET${' large'.repeat(60)}\r\n`.repeat(10)),
    reads: false,
  },
  {
    name: 'writes of who may only read',
    with: 'a read token',
    at: 'redis',
    connections: 30,
    sends: (target) => asReader(target, 'SET stolen 1\r\n'.repeat(TOGETHER)),
    reads: true,
  },
  {
    name: 'patterns that take long',
    with: 'a read token',
    at: 'redis',
    connections: 30,
    sends: (target) => asReader(target, `SCAN 0 COUNT 1000 MATCH ${'*a'.repeat(500)}\r\n`.repeat(TOGETHER)),
    reads: true,
  },
];
