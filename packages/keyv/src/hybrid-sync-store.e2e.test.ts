import { ApiError, HybridSyncClient } from '@hybrid-sync/client';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { HybridSyncStore } from './index.js';

const { afterAll, beforeAll, describe, expect, it } = vitest;

let system: RealSystem;
let api: RealApp;
let client: HybridSyncClient;
beforeAll(async () => {
  system = new RealSystem();
  api = await system.start('api');
  client = new HybridSyncClient({ url: api.url });
});
afterAll(() => system.stop());

const store = () => new HybridSyncStore({ url: api.url });

// What it asks for and never imports, sqlite3 with its install script among it, is an empty package here: see `overrides`.
describe("Keyv's own test suite", () => keyvTestSuite(vitest, Keyv, store));
describe("Keyv's own tests of iterators", () => keyvIteratorTests(vitest, Keyv, store));

describe('entries', () => {
  const keyv = () => new Keyv({ store: store(), namespace: 'own', throwOnErrors: true });

  it('are pairs of the deployment, which expire by themselves', async () => {
    await keyv().set('a', { b: 1 }, 5000);
    const pair = await client.get('own:a');
    expect(JSON.parse(pair?.value ?? '')).toMatchObject({ value: { b: 1 } });
    expect((await client.ttl('own:a')).ttlSec).toBeGreaterThan(0);
    expect((await client.ttl('own:a')).ttlSec).toBeLessThanOrEqual(5);
  });

  it.each([
    [1, 1],
    [1001, 2],
  ])('with %i ms to live take up to %i s', async (ttl, mostSec) => {
    await keyv().set('short', 'v', ttl);
    expect((await client.ttl('own:short')).ttlSec).toBeLessThanOrEqual(mostSec);
  });

  it('are written, looked for and deleted many at once', async () => {
    await keyv().setMany([
      { key: '1', value: 'a' },
      { key: '2', value: 'b', ttl: 60_000 },
    ]);
    expect(await keyv().getMany(['2', 'none', '1'])).toEqual(['b', undefined, 'a']);
    expect(await keyv().hasMany(['none', '1'])).toEqual([false, true]);
    expect(await keyv().deleteMany(['1', 'none'])).toBe(true);
    expect(await keyv().has('1')).toBe(false);
  });

  it('are not the pairs of others, whose values are no text', async () => {
    await client.set('own:bytes', '/wA=', { encoding: 'base64' });
    await keyv().set('text', 'v');
    expect(await keyv().get('bytes')).toBeUndefined();
    expect(await keyv().getMany(['bytes', 'text'])).toEqual([undefined, 'v']);
    const found = [];
    for await (const [key] of keyv().iterator?.({}) ?? []) found.push(key);
    expect(found).toContain('text');
    expect(found).not.toContain('bytes');
  });

  it('are of any key that text can be', async () => {
    for (const key of [' ', 'a/b?c#d%2e', '..', 'ü\u2028\u0000', 'x:y']) {
      await keyv().set(key, key);
      expect(await keyv().get(key)).toBe(key);
      expect(await keyv().delete(key)).toBe(true);
    }
  });

  it('are cleared, more than one page of them, and nothing beside them', async () => {
    const many = Array.from({ length: 251 }, (_, at) => ({ key: `k${at}`, value: at }));
    await keyv().setMany(many);
    await client.set('owner', 'of another application');
    await keyv().clear();
    expect(await keyv().hasMany(many.map(({ key }) => key))).not.toContain(true);
    expect(await client.get('owner')).toBeDefined();
  });
});

describe('a namespace', () => {
  const keyv = (namespace: string, useKeyPrefix = true) =>
    new Keyv({ store: store(), namespace, useKeyPrefix, throwOnErrors: true });
  const keysOf = async (of: Keyv) => {
    const found: unknown[] = [];
    for await (const [key] of of.iterator?.({}) ?? []) found.push(key);
    return found.sort();
  };

  it.each(['n:b', 'n%3Ab', 'n%', 'nb'])('has none of the keys of %s, which begins with it', async (other) => {
    const [one, another] = [keyv('n'), keyv(other)];
    await one.set('b:x', 'of n');
    await another.set('x', 'of the other');
    await another.set('y', 'of the other');
    expect(await one.get('b:x')).toBe('of n');
    expect(await keysOf(one)).toEqual(['b:x']);
    await one.clear();
    expect(await one.get('b:x')).toBeUndefined();
    expect(await another.getMany(['x', 'y'])).toEqual(['of the other', 'of the other']);
    await another.clear();
    expect(await another.hasMany(['x', 'y'])).toEqual([false, false]);
  });

  it('is before its keys also where Keyv does not put it there', async () => {
    await client.set('x', 'of another application');
    const plain = keyv('plain', false);
    await plain.set('x', 'v');
    expect(await client.get('plain:x')).toBeDefined();
    expect(await plain.getMany(['x'])).toEqual(['v']);
    await plain.clear();
    expect(await plain.has('x')).toBe(false);
    expect(await client.get('x')).toMatchObject({ value: 'of another application' });
  });
});

it('never clears what is not its own', async () => {
  await client.set('kept', 'v');
  const keyv = new Keyv({ store: store(), namespace: '', throwOnErrors: true });
  keyv.store.namespace = undefined;
  await expect(keyv.clear()).rejects.toThrow('namespace: must be given');
  expect(await client.get('kept')).toBeDefined();
});

it('fails by the error of the client', async () => {
  const keyv = new Keyv({ store: store(), throwOnErrors: true });
  await expect(keyv.set('k'.repeat(2000), 'v')).rejects.toBeInstanceOf(ApiError);
  await expect(
    keyv.setMany([
      { key: 'fits', value: 'v' },
      { key: 'k'.repeat(2000), value: 'v' },
    ]),
  ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const raw = new Keyv({ store: store(), throwOnErrors: true });
  raw.serialize = undefined;
  await expect(raw.set('object', { a: 1 })).rejects.toThrow('must be text');
});

it('refuses options that can not be', () => {
  expect(() => new HybridSyncStore({ url: 'ftp://a' })).toThrow(TypeError);
});
