import { isUtf8 } from 'node:buffer';
import { reservedAmong } from '@hybrid-sync/sync-core/reserved-names';
import type { Redis } from 'ioredis';
import { expiryAt, type LineRead } from './pair-line.js';

/** Databases that a file may be of; a server that has fewer than the file's refuses it. */
export const DATABASES = 1024;
/** About how many keys are looked at in one step. */
const PAGE = 500;
/** A value of more bytes is not read: no document of MongoDB holds it. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Why a key is left out that was listed, and is no longer there. */
const EXPIRED = 'expired';

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
    const [next, names] = await redis.scanBuffer(cursor, 'MATCH', match, 'COUNT', PAGE);
    cursor = next.toString();
    const reserved = await reservedAmong({ at: () => redis }, names.map(String));
    const facts = redis.pipeline();
    for (const name of names) facts.type(name).memory('USAGE', name);
    const told = ((await facts.exec()) ?? []).map(([, reply]) => reply);
    for (const [index, name] of names.entries()) {
      const [type, memory] = [String(told[2 * index]), Number(told[2 * index + 1])];
      const taken = type === 'string' || (type === 'hash' && hashes);
      const leftOut = (why: string) => ({ key: name.toString(), bytes: 0, read: { leftOut: why } });
      if (reserved.has(name.toString())) yield leftOut('reserved');
      else if (type === 'none') yield leftOut(EXPIRED);
      else if (!taken) yield leftOut(type);
      else if (!isUtf8(name)) yield leftOut('name is no text');
      else if (memory > MOST_BYTES) yield leftOut('too long');
      else yield await keyOf(redis, name.toString(), type);
    }
  } while (cursor !== '0');
}

async function keyOf(redis: Redis, key: string, type: string): Promise<ReadKey> {
  const [value, ms] = await Promise.all([
    type === 'hash' ? (redis.callBuffer('HGETALL', key) as Promise<Buffer[]>) : redis.getBuffer(key),
    redis.pexpiretime(key),
  ]);
  const expireAt = ms >= 0 ? expiryAt(ms) : undefined;
  if (value === null || ms === -2) return { key, bytes: 0, read: { leftOut: EXPIRED } };
  if (Buffer.isBuffer(value)) {
    const text = isUtf8(value);
    const pair = text
      ? { value: value.toString() }
      : { value: value.toString('base64'), encoding: 'base64' as const };
    return { key, bytes: value.length, read: { pair: { key, ...pair, expireAt } } };
  }
  if (!value.every((each) => isUtf8(each))) {
    return { key, bytes: 0, read: { leftOut: 'hash with what is no text' } };
  }
  const fields: [string, string | undefined][] = [];
  for (let at = 0; at < value.length; at += 2) fields.push([String(value[at]), value[at + 1]?.toString()]);
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  const json = JSON.stringify(Object.fromEntries(fields));
  return { key, bytes: Buffer.byteLength(json), read: { pair: { key, value: json, expireAt } } };
}
