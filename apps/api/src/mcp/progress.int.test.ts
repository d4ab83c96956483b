import { randomUUID } from 'node:crypto';
import { Client as StatelessClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as GreetingClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as GreetingTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { rawRequest } from '../testing/raw-request.js';
import { CURSOR_META_KEY } from './progress.js';

const WHO = { name: 'test', version: '1' };
/** More than a page of an import or a delete, and than a second of them at the rate below. */
const KEYS = 1200;
const SLOWLY = { keysPerSecond: 200 };

let api: InProcessApi;
let url: URL;
const plain = `plain-${randomUUID()}-`;
const plainKeys = Array.from({ length: KEYS }, (_, index) => `${plain}${index}`);
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
  await api.pod.stores.redis.at('any').mset(...plainKeys.flatMap((key) => [key, 'v']));
  await api.call('kv_batch', {
    operations: plainKeys.slice(0, 300).map((_, index) => ({ op: 'set', key: `k${index}`, value: 'v' })),
  });
});
afterAll(async () => {
  await api.pod.stores.redis.at('any').del(...plainKeys);
  await api.stop();
});

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
  readonly _meta?: Readonly<Record<string, unknown>>;
}
type Call = { name: string; arguments: Record<string, unknown> };
interface Options {
  readonly onprogress: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}
interface AnyClient {
  callTool(call: Call, options: Options): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

async function stateless(): Promise<AnyClient> {
  const client = new StatelessClient(WHO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new StreamableHTTPClientTransport(url));
  return client as unknown as AnyClient;
}

async function greeting(): Promise<AnyClient> {
  const client = new GreetingClient(WHO);
  await client.connect(new GreetingTransport(url) as Parameters<GreetingClient['connect']>[0]);
  const callTool: AnyClient['callTool'] = (call, { onprogress }) =>
    client.callTool(call, undefined, { onprogress });
  return { callTool, close: () => client.close() };
}

describe.each([
  ['stateless', stateless],
  ['of the older era', greeting],
])('a client %s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['verify_cache_sync', {}, /shadows and \d+ pairs looked at/],
    ['force_sync_repair', {}, /shadows and \d+ pairs looked at/],
    ['restore_cache', {}, /raising the clocks: \d+ of about \d+ shadows/],
    ['import_plain_keys', { match: `${plain}*` }, /\d+ plain keys looked at/],
    ['kv_del_prefix', { prefix: 'k' }, /\d+ keys found, .*, 0 deleted/],
  ])('is told how far %s is, before its answer', async (name, args, words) => {
    const told: Progress[] = [];
    const call = { name, arguments: args };
    const { structuredContent } = await client.callTool(call, { onprogress: (each) => told.push(each) });
    expect(structuredContent).toMatchObject({ complete: true });
    expect(told[0]).toMatchObject({ progress: expect.any(Number), message: expect.stringMatching(words) });
    const numbers = told.map(({ progress }) => progress);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
  });
});

/** Plain keys that the cache has as pairs. */
async function imported(): Promise<number> {
  const redis = api.pod.stores.redis.at('any');
  return (await redis.keys(`${api.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:${plain}*`)).length;
}

it('cancelling ends the work, and what was told last has the cursor to go on at', async () => {
  const ended = vi.spyOn(api.pod.metrics, 'adminActed');
  const client = await stateless();
  try {
    const cancel = new AbortController();
    let cursor: unknown;
    const call = client.callTool(
      { name: 'import_plain_keys', arguments: { match: `${plain}*`, apply: true, ...SLOWLY } },
      {
        signal: cancel.signal,
        onprogress: ({ _meta }) => {
          cursor = _meta?.[CURSOR_META_KEY];
          cancel.abort();
        },
      },
    );
    await expect(call).rejects.toThrow();
    await expect.poll(() => ended.mock.calls).toContainEqual(['import_plain_keys', 'done']);
    expect(await imported()).toBeLessThan(KEYS);
    const rest = await api.call('import_plain_keys', {
      ...{ match: `${plain}*`, apply: true, cursor },
      budgetMs: 25_000,
    });
    expect(rest).toMatchObject({ complete: true });
    expect(await imported()).toBe(KEYS);
  } finally {
    await client.close();
  }
});

it('an answer in parts leaves it to the server whether the connection stays', async () => {
  const { status, headers } = await rawRequest(Number(url.port), {
    method: 'POST',
    path: '/mcp',
    headers: { Accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'verify_cache_sync', arguments: { prefix: 'none' }, _meta: { progressToken: 1 } },
    }),
  });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'content-type': 'text/event-stream', connection: 'close' });
});
