import { isUtf8 } from 'node:buffer';
import { keptOf } from '../cache/kept-value.js';
import { expiryOf } from '../expiry.js';
import { byServer, type CacheConnection } from '../redis/cache-connection.js';
import { inGroups } from './in-groups.js';

/** Which plain keys can become pairs. */
export interface PlainTerms {
  /** Keys and values above these are left out, in bytes. */
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
  /** Whether a hash of texts becomes an object in JSON; else it is left out. */
  readonly hashes: boolean;
}

/** A plain key as a pair: the text to keep, and when it expires. */
export interface PlainKey {
  readonly key: string;
  readonly value: string;
  readonly expireAt: number | undefined;
}

/** A plain key that can't become a pair. */
export interface LeftOut {
  readonly key: string;
  /** Its type, or what is wrong with it. */
  readonly reason: string;
  /** Whether it is of a type that is not taken, whatever it holds. */
  readonly otherType: boolean;
}

const PAGE = 500;
/** Bytes of values that are read at once; a larger one is read alone. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** How Redis calls the type of a document that RedisJSON keeps. */
const JSON_DOCUMENT = 'ReJSON-RL';
/**
 * What Redis takes for a byte of a value's JSON at most: short fields of a hash in a table cost some 50 bytes for 6, a number
 * of one digit in a document some 40 for 2, its comma among them.
 */
const MEMORY_PER_BYTE: Readonly<Record<string, number>> = { hash: 10, [JSON_DOCUMENT]: 20 };

interface Facts {
  readonly key: string;
  readonly type: string;
  /** Of a string its length, of another type the memory that it takes. */
  readonly bytes: number;
}

/**
 * What lies at these keys: what can become a pair comes in groups that may be read at once, without being read yet.
 * @throws RedisError
 */
export async function sortPlain(
  redis: CacheConnection,
  keys: readonly string[],
  { maxKeyBytes, maxValueBytes, hashes }: PlainTerms,
): Promise<{ groups: Facts[][]; leftOut: LeftOut[] }> {
  const fit: Facts[] = [];
  const leftOut: LeftOut[] = [];
  for (const facts of await factsOf(redis, keys)) {
    const { key, type, bytes } = facts;
    const taken = type === 'string' || type === JSON_DOCUMENT || (type === 'hash' && hashes);
    const most = (MEMORY_PER_BYTE[type] ?? 1) * maxValueBytes;
    const tooLong = bytes > most || Buffer.byteLength(key) > maxKeyBytes;
    if (!taken) leftOut.push({ key, reason: type, otherType: true });
    else if (tooLong) leftOut.push({ key, reason: 'too long', otherType: false });
    // What is no text in a name, ioredis has replaced.
    else if (key.includes('\uFFFD')) leftOut.push({ key, reason: 'name is no text', otherType: false });
    else fit.push(facts);
  }
  return { groups: inGroups(fit, PAGE, BYTES_AT_ONCE, ({ bytes }) => bytes), leftOut };
}

async function factsOf(redis: CacheConnection, keys: readonly string[]): Promise<Facts[]> {
  const ofServers = Array.from(byServer(redis, keys, String), async ([server, its]) => {
    const ask = server.pipeline();
    for (const key of its) ask.type(key).strlen(key).memory('USAGE', key);
    const facts = ((await ask.exec()) ?? []).map(([error, reply]) => {
      if (error !== null && !error.message.startsWith('WRONGTYPE')) throw error;
      return reply;
    });
    return its.map((key, index): Facts => {
      const [type, length, memory] = facts.slice(3 * index);
      return { key, type: String(type), bytes: Number(type === 'string' ? length : memory) };
    });
  });
  return (await Promise.all(ofServers)).flat();
}

/** Reads keys of one group. A value and its expiry are of one moment. @throws RedisError */
export async function readPlain(
  redis: CacheConnection,
  group: readonly Facts[],
  { maxValueBytes }: PlainTerms,
): Promise<{ pairs: PlainKey[]; leftOut: LeftOut[] }> {
  // A transaction is of one hash slot.
  const transactions = redis.spread ? group.map((facts) => [facts]) : [group];
  const read = transactions.map(async (together) => {
    const [first] = together;
    if (first === undefined) return [];
    const ask = redis.at(first.key).multi();
    for (const { key, type } of together) {
      if (type === 'hash') ask.hgetallBuffer(key);
      else if (type === JSON_DOCUMENT) ask.callBuffer('JSON.GET', key);
      else ask.getBuffer(key);
      ask.pexpiretime(key);
    }
    return ((await ask.exec()) ?? []).map(([, reply]) => reply);
  });
  const replies = (await Promise.all(read)).flat();
  const pairs: PlainKey[] = [];
  const leftOut: LeftOut[] = [];
  group.forEach(({ key }, index) => {
    const value = textOf(replies[2 * index]);
    const leave = (reason: string) => leftOut.push({ key, reason, otherType: false });
    if (value === undefined) leave('gone meanwhile');
    else if (value === null) leave('holds what is no text');
    else if (Buffer.byteLength(value) > maxValueBytes) leave('too long');
    else pairs.push({ key, value, expireAt: expiryOf(Number(replies[2 * index + 1])) });
  });
  return { pairs, leftOut };
}

/** The text to keep of a value as Redis answers it: null where there can be none, undefined for no value. */
function textOf(reply: unknown): string | null | undefined {
  if (Buffer.isBuffer(reply)) return keptOf('', reply);
  if (typeof reply !== 'object' || reply === null) return undefined;
  const fields = Object.entries(reply as Record<string, Buffer>);
  if (fields.length === 0) return undefined;
  const isText = ([name, value]: [string, Buffer]) => !name.includes('\uFFFD') && isUtf8(value);
  if (!fields.every(isText)) return null;
  const inOrder = fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(Object.fromEntries(inOrder.map(([name, value]) => [name, value.toString()])));
}
