import { expect, test } from 'vitest';
import { inDatabase, maskCredentials, withDatabase } from './service-urls.js';

test.each([
  ['redis://user:secret@host:6379/0', 'redis://***@host:6379/0'],
  ['mongodb://u:p%40x@a:1,b:2/db?x=1', 'mongodb://***@a:1,b:2/db'],
  ['redis://:se@c/ret@host', 'redis://***@host'],
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
])('%s is shown as %s', (url, shown) => {
  expect(maskCredentials(url)).toBe(shown);
});

test.each([
  ['mongodb://h:1', 'mongodb://h:1/hybrid_sync'],
  ['mongodb://h:1/', 'mongodb://h:1/hybrid_sync'],
  ['mongodb://h:1/?a=b', 'mongodb://h:1/hybrid_sync?a=b'],
  ['mongodb://a:1,b:2?a=b', 'mongodb://a:1,b:2/hybrid_sync?a=b'],
  ['mongodb://h:1/other?a=b', 'mongodb://h:1/other?a=b'],
])('%s with the database is %s', (url, expected) => {
  expect(withDatabase(url)).toBe(expected);
});

test.each([
  ['mongodb://h:1', 'mongodb://h:1/own'],
  ['mongodb://a:1,b:2/other?replicaSet=r', 'mongodb://a:1,b:2/own?replicaSet=r'],
  ['mongodb://u:p@h/admin?tls=true', 'mongodb://u:p@h/own?tls=true&authSource=admin'],
  ['mongodb://u:p@h/other?authSource=admin', 'mongodb://u:p@h/own?authSource=admin'],
  ['mongodb+srv://u:p@h/?w=1', 'mongodb+srv://u:p@h/own?w=1'],
])('%s in another database is %s', (url, expected) => {
  expect(inDatabase(url, 'own')).toBe(expected);
});
