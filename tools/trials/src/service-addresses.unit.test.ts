import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMongodb, findRedis } from './service-addresses.js';
import { UsageError } from './usage-error.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'replay-addresses-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): URL {
  const path = join(folder, `${text.length}.json`);
  writeFileSync(path, text);
  return pathToFileURL(path);
}
const NO_FILE = pathToFileURL('/nowhere/services.json');
const STARTED = {
  redisUrl: 'redis://file',
  queueRedisUrl: 'redis://file-queue',
  mongodbUrl: 'mongodb://file',
};

describe('the addresses of the stores', () => {
  it('come from the file that npm start wrote', () => {
    const sources = { options: {}, env: {}, file: fileWith(JSON.stringify(STARTED)) };
    expect(findRedis(sources)).toEqual({ redisUrl: 'redis://file', queueRedisUrl: 'redis://file-queue' });
    expect(findMongodb(sources)).toBe('mongodb://file');
  });

  it('come from files that the environment names', () => {
    writeFileSync(join(folder, 'url'), 'mongodb://secret\n');
    const env = { REDIS_URL: 'redis://env', MONGODB_URL_FILE: join(folder, 'url') };
    expect(findMongodb({ options: {}, env, file: NO_FILE })).toBe('mongodb://secret');
    expect(findRedis({ options: {}, env, file: NO_FILE }).redisUrl).toBe('redis://env');
    const both = { ...env, MONGODB_URL: 'mongodb://env' };
    expect(() => findMongodb({ options: {}, env: both, file: NO_FILE })).toThrow(UsageError);
  });

  it('come from the environment before the file, each on its own; empty is absent', () => {
    const sources = {
      options: {},
      env: { REDIS_URL: 'redis://env', MONGODB_URL: '' },
      file: fileWith(JSON.stringify(STARTED)),
    };
    // The file's queue Redis belongs to the file's Redis.
    expect(findRedis(sources)).toEqual({ redisUrl: 'redis://env', queueRedisUrl: undefined });
    expect(findMongodb(sources)).toBe('mongodb://file');
  });

  it('come from the options before all else', () => {
    const sources = {
      options: { redis: 'redis://option', queueRedis: 'redis://option-queue', mongodb: 'mongodb://option' },
      env: { REDIS_URL: 'redis://env', QUEUE_REDIS_URL: 'redis://env-queue', MONGODB_URL: 'mongodb://env' },
      file: NO_FILE,
    };
    expect(findRedis(sources)).toEqual({ redisUrl: 'redis://option', queueRedisUrl: 'redis://option-queue' });
    expect(findMongodb(sources)).toBe('mongodb://option');
  });

  it('are asked for, with the ways to give them, when nothing names them', () => {
    const sources = { options: {}, env: {}, file: NO_FILE };
    expect(() => findRedis(sources)).toThrow(
      /where Redis is: start the service with "npm start", or give --redis or REDIS_URL/,
    );
    expect(() => findMongodb(sources)).toThrow(/where MongoDB is: .* --mongodb or MONGODB_URL/);
    expect(() => findMongodb(sources)).toThrow(UsageError);
  });

  it('are not guessed from a file that is torn', () => {
    const sources = { options: {}, env: {}, file: fileWith('{"redisUrl": "red') };
    expect(() => findRedis(sources)).toThrow(/can't be read.*run "npm start" again/);
  });
});
