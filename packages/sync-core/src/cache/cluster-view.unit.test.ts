import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { RedisFaultError } from '../errors.js';
import { viewOf } from './cluster-view.js';

const AT = { host: 'asked', port: 1 };
const node = (slots: unknown, state = 'ok') =>
  ({
    cluster: async (what: string) => (what === 'SLOTS' ? slots : `cluster_state:${state}\r\n`),
  }) as unknown as Redis;

it('finds nodes by their host, by their address where they have no name, and where one was asked else', async () => {
  const named = ['named', 7000, 'a', []];
  const nameless = ['?', 7001, 'b', ['ip', '10.0.0.2']];
  const unknown = [null, 7002, 'c', []];
  const view = await viewOf(
    node([
      [0, 99, named, unknown],
      [100, 16383, nameless],
    ]),
    AT,
    'REDIS_URL',
  );
  expect(view.masters.map(({ host, port }) => `${host}:${port}`)).toEqual(['named:7000', '10.0.0.2:7001']);
  expect(view.nodes.map(({ host, port }) => `${host}:${port}`)).toEqual([
    'named:7000',
    'asked:7002',
    '10.0.0.2:7001',
  ]);
});

it('has no view by a node that says that the cluster is down', async () => {
  await expect(viewOf(node([], 'fail'), AT, 'REDIS_URL')).rejects.toThrow(RedisFaultError);
});
