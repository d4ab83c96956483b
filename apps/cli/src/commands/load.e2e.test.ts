import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';

import { EJSON } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

const inAnHour = Date.now() + 3_600_000;
const system = new RealSystem({ MAX_VALUE_BYTES: '3000' });
let api: RealApp;
let folder: string;
let file: string;
/** Where the redis-server of the tests is. */
let PATH: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-load-'));
  file = join(folder, 'dump of old.rdb');
  [api, PATH] = await Promise.all([system.start('api'), writeDump()]);
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true });
});

/** Has a Redis save one key of each type into a file. Returns where its program is. */
async function writeDump(): Promise<string> {
  const own = await OwnRedis.start();
  const redis = own.client();
  await redis.set('r:text', 'ä', 'PXAT', inAnHour);
  await redis.set('r:bytes', Buffer.from([0xff, 0x00]));
  await redis.set('r:long', 'x'.repeat(3001));
  await redis.hset('r:hash', { name: 'Ada', born: '1815' });
  await redis.hset('r:binary-hash', 'field', Buffer.from([0xff]));
  await redis.rpush('r:list', '1');
  await redis.sadd('r:set', '1');
  await redis.zadd('r:sorted', 1, '1');
  await redis.xadd('r:stream', '*', 'field', 'value');
  // A queue of BullMQ and a namespace of hybrid-sync, as they mark themselves; and what is only called alike.
  await redis.hset('r:mail:meta', { 'opts.maxLenEvents': 10_000 });
  await redis.set('r:mail:id', '7');
  await redis.hset('r:hs:meta', { layout: 1, slots: 2 });
  await redis.set('r:hs:{0}:clock', '17');
  await redis.set('r:own:meta', 'v');
  await redis.set('r:own:id', '7');
  await redis.set('other', 'not asked for');
  await redis.multi().select(3).set('elsewhere', 'v').select(0).exec();
  await redis.save();
  const [, dir] = (await redis.config('GET', 'dir')) as string[];
  await writeFile(file, await readFile(join(dir ?? '', 'dump.rdb')));
  // The link by which it was started goes with it.
  const program = await realpath(/^executable:(.+)\r$/m.exec(await redis.info('server'))?.[1] ?? '');
  await own.stop();
  const programs = join(folder, 'bin');
  await mkdir(programs);
  await symlink(program, join(programs, 'redis-server'));
  return programs;
}

const cli = (words: readonly string[], stdin = '', env: Record<string, string> = { PATH }) =>
  runCli(words, { env: { HYBRID_SYNC_URL: api.url, ...env }, stdin });
const get = async (key: string) => (await cli(['get', `key=${key}`, '--json'])).json();

describe('an RDB file', () => {
  const words = () => ['load', '--rdb', file, '--match', 'r:*', '--hashes', '--json'];
  const leftOut = {
    list: 1,
    set: 1,
    zset: 1,
    stream: 1,
    'hash with what is no text': 1,
    'in database 3': 1,
    reserved: 4,
  };

  it('is only looked at in a dry run, which needs no api', async () => {
    const end = await cli([...words(), '--dry-run'], '', { PATH, HYBRID_SYNC_URL: 'http://127.0.0.1:1' });
    expect(end.json()).toMatchObject({ keys: 15, loadable: 6, refused: 0, leftOut });
    expect(end.stderr).toContain('left out: r:list (list)\n');
    expect(end.stderr).toContain('left out: r:mail:id (reserved)\n');
    expect(await get('r:text')).toMatchObject({ found: false });
  });

  it('becomes pairs; one that is there stays, and what can not be one is counted and named', async () => {
    await cli(['set', 'key=r:bytes', 'value=newer']);
    const end = await cli(words());
    expect(end.json()).toMatchObject({ keys: 15, loaded: 4, kept: 1, refused: 1, leftOut });
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^r:long: value: must be at most 3000 bytes/m);
    expect(await get('r:text')).toMatchObject({ value: 'ä', expireAt: new Date(inAnHour).toISOString() });
    expect(await get('r:hash')).toMatchObject({ value: '{"born":"1815","name":"Ada"}' });
    expect(await get('r:bytes')).toMatchObject({ value: 'newer' });
    expect(await get('r:own:id')).toMatchObject({ value: '7' });
    for (const key of ['other', 'r:mail:id', 'r:hs:{0}:clock']) {
      expect(await get(key)).toMatchObject({ found: false });
    }
    expect((await cli([...words(), '--replace'])).json()).toMatchObject({ loaded: 5, refused: 1 });
    expect(await get('r:bytes')).toMatchObject({ value: '/wA=', encoding: 'base64' });
  });

  it('is read from the database that is named', async () => {
    const end = await cli(['load', '--rdb', file, '--database', '3', '--dry-run', '--json']);
    expect(end.json()).toMatchObject({ keys: 1, loadable: 1, leftOut: { 'in database 0': 16 } });
  });

  it.each<[what: string, given: () => string[], message: RegExp]>([
    ['no file', () => ['--rdb', join(folder, 'none')], /can't read the file/],
    ['another file', () => ['--rdb', join(folder, 'no.rdb')], /redis-server can't read the file: .+/],
    ['no such database', () => ['--rdb', file, '--database', '1024'], /--database: must be a number/],
    ['with lines', () => ['--rdb', file, '--shadows'], /cannot be used with/],
  ])('%s is bad usage', async (_, given, message) => {
    await writeFile(join(folder, 'no.rdb'), 'no database');
    const end = await cli(['load', ...given(), '--json']);
    expect(end.code).toBe(2);
    expect(end.error().message).toMatch(message);
  });

  it('needs a program that reads it', async () => {
    const end = await cli(['load', '--rdb', file, '--json'], '', { PATH: folder });
    expect(end.code).toBe(2);
    expect(end.error().message).toContain('redis-server or valkey-server');
  });
});

it('shadows become the pairs that they stand for, and none that is there is replaced', async () => {
  await cli(['set', 'key=s:text', 'value=ä', 'ttlSec=3600']);
  await cli(['set', 'key=s:page', 'value=<p>', 'contentType=text/html']);
  await cli(['set', 'key=s:gone', 'value=v']);
  await cli(['del', 'key=s:gone']);
  const exported = await system.space.withDatabase(async (database) => {
    const shadows = await database.collection<{ _id: string }>('kv_shadow').find({ _id: /^s:/ }).toArray();
    return shadows.map((shadow) => EJSON.stringify(shadow)).join('\n');
  });
  const before = await Promise.all(['s:text', 's:page'].map(get));
  await cli(['del', 'key=s:text']);
  await cli(['set', 'key=s:page', 'value=newer']);
  const end = await cli(['load', '--shadows', '--json'], exported);
  expect(end.json()).toMatchObject({ lines: 3, loaded: 1, kept: 1, refused: 0, leftOut: { deleted: 1 } });
  const { version: _, ...text } = before[0] ?? {};
  expect(await get('s:text')).toMatchObject(text);
  expect(await get('s:page')).toMatchObject({ value: 'newer' });
  expect((await cli(['load', '--shadows', '--replace'], exported)).code).toBe(0);
  expect(await get('s:page')).toMatchObject({ value: '<p>', contentType: 'text/html' });
});
