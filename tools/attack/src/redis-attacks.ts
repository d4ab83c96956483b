import type { Attack } from './attacks.js';
import { put } from './bystander.js';
import type { Target } from './target.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Commands that a connection sends together. */
const TOGETHER = 500;

const asReader = ({ readToken }: Target, commands: string) => Buffer.from(`AUTH ${readToken}\r\n${commands}`);
/** A value of the largest size. */
const prepareValue = async (target: Target) => {
  await put(target, 'large', 'x'.repeat(MIB));
};

/** Attacks on the port that speaks Redis' protocol. */
export const REDIS_ATTACKS: readonly Attack[] = [
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
    prepare: prepareValue,
    sends: (target) => asReader(target, `${'GET large\r\n'.repeat(TOGETHER)}MGET${' large'.repeat(60)}\r\n`),
    reads: false,
  },
  {
    name: 'answers of 60 large values',
    with: 'a read token',
    at: 'redis',
    connections: 10,
    prepare: prepareValue,
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
