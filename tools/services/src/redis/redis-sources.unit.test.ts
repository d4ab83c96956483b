import { expect, test } from 'vitest';
import { chooseRedis, type RedisFacts } from './redis-sources.js';

const nothing: RedisFacts = { givenUrl: undefined, executable: undefined, hasApt: false, isRoot: false };

test('one that was given comes before all', () => {
  const facts = { givenUrl: 'redis://h', executable: '/bin/redis-server', hasApt: true, isRoot: true };
  expect(chooseRedis(facts)).toEqual({ kind: 'given', url: 'redis://h' });
});

test('one that is installed comes before one that would have to be', () => {
  const facts = { ...nothing, executable: '/bin/valkey-server', hasApt: true, isRoot: true };
  expect(chooseRedis(facts)).toEqual({ kind: 'installed', executable: '/bin/valkey-server' });
});

test('root on Debian installs one', () => {
  expect(chooseRedis({ ...nothing, hasApt: true, isRoot: true })).toEqual({ kind: 'apt' });
});

test('others are told what to install', () => {
  expect(chooseRedis({ ...nothing, hasApt: true })).toMatchObject({
    advice: expect.stringContaining('apt-get install'),
  });
  expect(chooseRedis(nothing)).toMatchObject({ kind: 'none', advice: expect.stringContaining('REDIS_URL') });
});

test('an empty variable counts as none', () => {
  expect(chooseRedis({ ...nothing, givenUrl: '' }).kind).toBe('none');
});
