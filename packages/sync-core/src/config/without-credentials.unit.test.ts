import { describe, expect, it } from 'vitest';
import { withoutCredentials } from './without-credentials.js';

describe('a connection URL in a log', () => {
  it.each([
    ['redis://redis:6379', 'redis://redis:6379'],
    ['redis://redis:6379/2', 'redis://redis:6379/2'],
    ['rediss://:secret@redis:6379', 'rediss://redis:6379'],
    ['redis://user:secret@redis', 'redis://redis'],
    ['redis://user@redis', 'redis://redis'],
    ['mongodb+srv://user:secret@cluster.example/db', 'mongodb+srv://cluster.example/db'],
    ['mongodb://user:secret@a:1,b:2/db', 'mongodb://a:1,b:2/db'],
  ])('says where %s is, without user and password', (url, where) => {
    expect(withoutCredentials(url)).toBe(where);
  });

  it.each([
    ['a password with an @ that is not encoded, which ioredis takes', 'redis://:se@cret@redis:6379'],
    ['a password with a / that is not encoded', 'redis://:se/cret@redis:6379'],
    ['a password among the options', 'redis://redis:6379?password=secret'],
    ['a token among the options', 'mongodb://h/db?authMechanismProperties=AWS_SESSION_TOKEN:secret'],
  ])('holds no part of %s', (_, url) => {
    expect(withoutCredentials(url)).not.toMatch(/se|cret|password|TOKEN/);
  });
});
