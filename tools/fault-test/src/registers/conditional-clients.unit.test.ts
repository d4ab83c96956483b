import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { OwnHttp } from '@hybrid-sync/services/own-http';
import { randomStream, systemClock } from '@hybrid-sync/trials';
import { afterEach, expect, it } from 'vitest';
import { ConditionalClients } from './conditional-clients.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Pair {
  readonly value: string;
  readonly version: number;
}

/** Clients of an api that keeps pairs, unless `forgets` says of its `made`th write that it is acknowledged and not made. */
async function clientsOf(forgets: (made: number) => boolean = () => false) {
  const pairs = new Map<string, Pair>();
  let made = 0;
  const answer = async (request: IncomingMessage): Promise<[status: number, body: object]> => {
    const key = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
    const pair = pairs.get(key);
    if (request.method === 'GET')
      return pair === undefined
        ? [404, { code: 'NOT_FOUND', field: 'key' }]
        : [200, { found: true, key, ...pair }];
    const { value } = JSON.parse(await text(request)) as { value: string };
    const now = pairs.get(key);
    const holds =
      request.headers['if-none-match'] === '*'
        ? now === undefined
        : request.headers['if-match'] === `"${now?.version}"`;
    if (!holds) return [412, { code: 'PRECONDITION_FAILED' }];
    made++;
    if (!forgets(made)) pairs.set(key, { value, version: made });
    return [200, { key, version: made, method: 'ASYNC_THREAD' }];
  };
  const server = await OwnHttp.start((request, response) => {
    void answer(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  ends.push(() => server.stop());
  const { url } = server;
  const clients = new ConditionalClients({
    urls: [url, url],
    timeoutMs: 5000,
    random: randomStream('1', 'keys'),
    clock: systemClock,
  });
  ends.push(() => clients.stop());
  return { clients, made: () => made };
}

it('what a register tells is linearizable, over keys that change', async () => {
  const { clients, made } = await clientsOf();
  clients.resume();
  await expect.poll(made).toBeGreaterThan(10);
  clients.pause();
  clients.resume();
  await expect.poll(made).toBeGreaterThan(20);
  clients.pause();
  const found = clients.take();
  expect(found).toMatchObject({ undecided: 0, broken: [] });
  expect(found.keys).toBeGreaterThan(3);
  expect(found.answered).toBeGreaterThan(30);
  expect(clients.take()).toMatchObject({ keys: 0, answered: 0 });
});

it('a write that was acknowledged and not made shows', async () => {
  const { clients, made } = await clientsOf((each) => each === 7);
  clients.resume();
  await expect.poll(made).toBeGreaterThan(25);
  clients.pause();
  expect(clients.take().broken).toEqual([expect.stringContaining('no linearizable history')]);
});
