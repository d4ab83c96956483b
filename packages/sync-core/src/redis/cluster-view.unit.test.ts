import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { RedisFaultError } from '../errors.js';
import { type ClusterView, firstView, viewOf } from './cluster-view.js';

const AT = { host: 'asked', port: 1 };
const NODES = [
  'a 10.0.0.1:7000@17000,named myself,master - 0 0 7 connected 0-99',
  'b 10.0.0.2:7001@17001 master - 0 1700000000000 3 connected 100-16383',
  'c 10.0.0.3:7002@17002 slave a 0 1700000000000 7 connected',
].join('\n');
const node = (slots: unknown, state = 'ok') => {
  const answers: Record<string, unknown> = { SLOTS: slots, INFO: `cluster_state:${state}\r\n`, NODES };
  return { cluster: async (what: string) => answers[what] } as unknown as Redis;
};

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
  expect(view.masters.map(({ epoch }) => epoch)).toEqual([7, 3]);
  expect(view.nodes.map(({ host, port }) => `${host}:${port}`)).toEqual([
    'named:7000',
    'asked:7002',
    '10.0.0.2:7001',
  ]);
});

it('has no view by a node that says that the cluster is down', async () => {
  await expect(viewOf(node([], 'fail'), AT, 'REDIS_URL')).rejects.toThrow(RedisFaultError);
});

describe('of several nodes', () => {
  const VIEW: ClusterView = { masters: [], nodes: [AT] };
  const away = async () => Promise.reject(new Error('ECONNREFUSED'));
  const silent = () => new Promise<ClusterView>(() => undefined);

  it('the next one is asked where one fails, or takes its time', async () => {
    const asked: string[] = [];
    const as = (name: string, ask: () => Promise<ClusterView>) => () => {
      asked.push(name);
      return ask();
    };
    const view = firstView([
      as('silent', silent),
      as('away', away),
      as('telling', async () => VIEW),
      as('last', silent),
    ]);
    expect(await view).toBe(VIEW);
    expect(asked).toEqual(['silent', 'away', 'telling']);
  });

  it('a slow one counts all the same, where no other tells', async () => {
    const slow = new Promise<ClusterView>((resolve) => setTimeout(resolve, 300, VIEW));
    expect(await firstView([() => slow, away])).toBe(VIEW);
  });

  it('where none tells, what one answered says why', async () => {
    const down = new RedisFaultError('REDIS_URL', { code: 'CLUSTERDOWN', meaning: 'is down' });
    await expect(firstView([away, async () => Promise.reject(down), away])).rejects.toBe(down);
    await expect(firstView([])).rejects.toThrow('no node of the cluster is known');
  });
});
