import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partsOfRdb } from './inputs.js';
import { RdbServer } from './rdb-server.js';

const ALL = { match: '*', hashes: true };
/** The last of the databases that it takes, in which one key is. */
const LAST = 1023;
/** More than are read in one step. */
const MANY = 1200;
let folder: string;
let file: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-rdb-'));
  const own = await OwnRedis.start({ settings: { databases: `${LAST + 1}` } });
  const redis = own.client();
  await redis.set('a\uFFFDb', 'a name that is text');
  await redis.set(Buffer.from([0xff, 0x61]), 'a name that is none');
  await redis.call('HSET', 'hash', '__proto__', 'p', 'c\uFFFD', 'c');
  const many = Array.from({ length: MANY }, (_, index) => [`${index}`, 'v']).flat();
  await redis.multi().select(1).mset(many).select(LAST).set('last', 'v').select(0).exec();
  await redis.save();
  const [, dir = ''] = (await redis.config('GET', 'dir')) as string[];
  file = join(folder, '--port 1 "\\n$x ü\'.rdb');
  await writeFile(file, await readFile(join(dir, 'dump.rdb')));
  const program = await realpath(/^executable:(.+)\r$/m.exec(await redis.info('server'))?.[1] ?? '');
  await own.stop();
  path = join(folder, 'bin');
  await mkdir(path);
  await symlink(program, join(path, 'redis-server'));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (database = 0) => RdbServer.open(file, { database, path, signal: new AbortController().signal });

it('a file of any name is read, and what no text can hold is told', async () => {
  const server = await open();
  try {
    const read = new Map();
    for await (const part of partsOfRdb(server, ALL)) read.set(part.name, part.read);
    const pair = (key: string, value: string) => ({ pair: { key, value, expireAt: undefined } });
    expect(read.get('a\uFFFDb')).toEqual(pair('a\uFFFDb', 'a name that is text'));
    expect(read.get('\uFFFDa')).toEqual({ leftOut: 'name is no text' });
    expect(read.get('hash')).toEqual(pair('hash', '{"__proto__":"p","c\uFFFD":"c"}'));
    expect(await server.databases()).toEqual(
      new Map([
        [0, 3],
        [1, MANY],
        [LAST, 1],
      ]),
    );
  } finally {
    await server.close();
  }
});

it('a file with what a module keeps is refused by the name of its type', async () => {
  const file = join(folder, 'documents.rdb');
  await writeFile(file, fileWithModuleType('ReJSON-RL'));
  const opened = RdbServer.open(file, { database: 0, path, signal: new AbortController().signal });
  await expect(opened).rejects.toThrow(/can't read the file: .*'ReJSON-RL'/);
});

it('a server that ends while it is read from is told, and not waited for', async () => {
  const server = await open(1);
  const parts = partsOfRdb(server, ALL);
  await parts.next();
  server.redis.shutdown('NOSAVE').catch(() => {});
  const rest = (async () => {
    for await (const _ of parts);
  })();
  await expect(rest).rejects.toThrow('redis-server ended before all was read');
  await server.close();
});

/** An RDB file with a key of a module's type, as Redis writes the nine characters of its name and a version. */
function fileWithModuleType(name: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const id = Array.from(name, (each) => BigInt(letters.indexOf(each))).reduce(
    (sum, at) => sum * 64n + at,
    0n,
  );
  const type = Buffer.alloc(8);
  type.writeBigUInt64BE(id * 1024n + 3n);
  const [before, after] = ['REDIS0010\xfe\0\xfb\x01\0\x07\x01a\x81', '\x05\x02{}\0\xff\0\0\0\0\0\0\0\0'];
  return Buffer.concat([Buffer.from(before, 'latin1'), type, Buffer.from(after, 'latin1')]);
}
