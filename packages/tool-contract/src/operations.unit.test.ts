import { expect, it } from 'vitest';
import { OPERATIONS, placesOf, requestOf } from './operations.js';
import { toolContract } from './tool-contract.js';

it('every argument of every tool stands in one place, and a key in a path is an argument', () => {
  for (const [name, { input }] of Object.entries(toolContract())) {
    const operation = OPERATIONS[name as keyof typeof OPERATIONS];
    const { path, query, body, headers } = placesOf(operation, Object.keys(input.shape));
    expect([...path, ...query, ...body, ...headers].sort()).toEqual(Object.keys(input.shape).sort());
    expect(path).toEqual(operation.path.includes('{key}') ? ['key'] : []);
  }
});

it('no two tools stand at the same place', () => {
  const places = Object.values(OPERATIONS).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(places).size).toBe(places.length);
});

it('a call is a request: key in the path, conditions and preference in headers, the rest in query or body', () => {
  expect(requestOf('kv_set', { key: 'a/b ?', value: 'v', ttlSec: undefined, ifVersion: 7 })).toEqual({
    method: 'PUT',
    path: 'kv/a%2Fb%20%3F',
    headers: { 'if-match': '"7"' },
    body: { value: 'v' },
  });
  expect(requestOf('kv_set', { key: 'k', value: '', ifAbsent: true }).headers).toEqual({
    'if-none-match': '*',
  });
  expect(requestOf('kv_del', { key: 'k', answer: 'journaled' }).headers).toEqual({ prefer: 'respond-async' });
  expect(requestOf('kv_mdel', { keys: ['k'], answer: 'synced' })).toEqual({
    method: 'POST',
    path: 'kv/mdel',
    body: { keys: ['k'] },
  });
  expect(requestOf('hybrid_sync_dead_letters', { limit: 3, cursor: null })).toEqual({
    method: 'GET',
    path: 'sync/dead-letters?limit=3',
  });
  expect(requestOf('kv_mget', { keys: ['a', 'b'] })).toEqual({
    method: 'POST',
    path: 'kv/mget',
    body: { keys: ['a', 'b'] },
  });
});
