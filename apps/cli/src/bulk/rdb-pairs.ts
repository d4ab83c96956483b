import { isUtf8 } from 'node:buffer';
import type { Redis } from 'ioredis';
import type { LineRead } from './pair-line.js';

/** About how many keys are looked at in one step. */
const PAGE = 500;
/** A value of more bytes is not read: no document of MongoDB holds it. */
const MOST_BYTES = 16 * 1024 * 1024;
/** The last moment of the year 9999: an expiry after it counts as never. */
const LAST_EXPIRY_MS = Date.UTC(10_000, 0) - 1;

/** Which keys of a Redis are read, and how. */
export interface KeysToRead {
  /** Glob pattern, as SCAN takes it. */
  readonly match: string;
  /** Whether a hash of texts becomes an object in JSON; else it is left out. */
  readonly hashes: boolean;
}

/** A key that was read, and what it becomes. */
export interface ReadKey {
  readonly key: string;
  /** Of its value as it was read. */
  readonly bytes: number;
  readonly read: LineRead;
}

/** What the keys of a Redis become, one after the other. @throws RedisError */
export async function* keysOf(redis: Redis, { match, hashes }: KeysToRead): AsyncGenerator<ReadKey> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', match, 'COUNT', PAGE);
    cursor = next;
    const types = redis.pipeline();
    for (const key of keys) types.type(key).memory('USAGE', key);
    const facts = ((await types.exec()) ?? []).map(([, reply]) => reply);
    for (const [index, key] of keys.entries()) {
      const [type, memory] = [String(facts[2 * index]), Number(facts[2 * index + 1])];
      const taken = type === 'string' || (type === 'hash' && hashes);
      if (!taken) yield { key, bytes: 0, read: { leftOut: type } };
      // What is no text in a name, ioredis has replaced.
      else if (key.includes('\uFFFD')) yield { key, bytes: 0, read: { leftOut: 'name is no text' } };
      else if (memory > MOST_BYTES) yield { key, bytes: 0, read: { leftOut: 'too long' } };
      else yield await keyOf(redis, key, type);
    }
  } while (cursor !== '0');
}

async function keyOf(redis: Redis, key: string, type: string): Promise<ReadKey> {
  const [value, ms] = await Promise.all([
    type === 'hash' ? redis.hgetallBuffer(key) : redis.getBuffer(key),
    redis.pexpiretime(key),
  ]);
  const expireAt = ms >= 0 && ms <= LAST_EXPIRY_MS ? new Date(ms).toISOString() : undefined;
  // It expired since it was listed.
  if (value === null || ms === -2) return { key, bytes: 0, read: { leftOut: 'expired' } };
  if (Buffer.isBuffer(value)) {
    const text = isUtf8(value);
    const pair = text
      ? { value: value.toString() }
      : { value: value.toString('base64'), encoding: 'base64' as const };
    return { key, bytes: value.length, read: { pair: { key, ...pair, expireAt } } };
  }
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  const texts = fields.every(([name, held]) => !name.includes('\uFFFD') && isUtf8(held));
  if (!texts) return { key, bytes: 0, read: { leftOut: 'hash with what is no text' } };
  const json = JSON.stringify(Object.fromEntries(fields.map(([name, held]) => [name, held.toString()])));
  return { key, bytes: Buffer.byteLength(json), read: { pair: { key, value: json, expireAt } } };
}
