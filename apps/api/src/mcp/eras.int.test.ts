import { toolContract } from '@hybrid-sync/tool-contract';
import { Client as StatelessClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as GreetingClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as GreetingTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, type JsonRpcReply, startInProcessApi } from '../testing/in-process-api.js';

const WHO = { name: 'test', version: '1' };
const STATELESS = '2026-07-28';

let api: InProcessApi;
let url: URL;
beforeAll(async () => {
  api = await startInProcessApi();
  url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
});
afterAll(() => api.stop());

/** What both lines of the official client can do alike. */
type AnyClient = Pick<StatelessClient, 'close' | 'getServerVersion' | 'getInstructions'> & {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<Record<string, unknown>>;
  readResource(which: { uri: string }): Promise<{ contents: object[] }>;
};

async function stateless(mode: 'legacy' | { pin: string }): Promise<AnyClient> {
  const client = new StatelessClient(WHO, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(url));
  return client as unknown as AnyClient;
}

async function greeting(): Promise<AnyClient> {
  const client = new GreetingClient(WHO);
  await client.connect(new GreetingTransport(url) as Parameters<GreetingClient['connect']>[0]);
  return client as unknown as AnyClient;
}

describe.each([
  ["the first line's client", greeting],
  ["the second line's client, greeting", () => stateless('legacy')],
  ["the second line's client, stateless", () => stateless({ pin: STATELESS })],
])('%s', (_, connect) => {
  let client: AnyClient;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  it('learns what the server is, and how to use it', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'hybrid-sync', version: '0.0.0-test' });
    expect(client.getInstructions()).toContain('kv_set');
  });

  it('lists every tool', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(toolContract()));
  });

  it('writes and reads, with the same answer as text', async () => {
    const value = 'text \u{1F511}\u0000\n';
    const set = await client.callTool({ name: 'kv_set', arguments: { key: 'k', value } });
    expect(set.structuredContent).toMatchObject({ success: true, key: 'k' });
    const got = await client.callTool({ name: 'kv_get', arguments: { key: 'k' } });
    expect(got.structuredContent).toMatchObject({ found: true, value });
    const [{ text }] = got.content as [{ text: string }];
    expect(JSON.parse(text)).toEqual(got.structuredContent);
  });

  it('is told what is wrong with an argument, and of a tool or resource that is not there', async () => {
    const refused = await client.callTool({ name: 'kv_get', arguments: { key: '' } });
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain('key');
    await expect(client.callTool({ name: 'kv_drop' })).rejects.toMatchObject({ code: -32602 });
    await expect(client.readResource({ uri: 'hybrid-sync://secrets' })).rejects.toMatchObject({
      code: -32602,
      data: { field: 'uri' },
    });
  });

  it('reads a resource', async () => {
    expect((await client.readResource({ uri: 'hybrid-sync://stats' })).contents).toHaveLength(1);
  });
});

describe('a request of the stateless era', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': STATELESS,
    'io.modelcontextprotocol/clientInfo': WHO,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const DELETE = { name: 'kv_del', arguments: { key: 'k' } };
  const post = async (method: string, params: object = {}, headers: Record<string, string> = {}) => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/mcp',
      headers: { host: 'localhost', 'mcp-protocol-version': STATELESS, 'mcp-method': method, ...headers },
      payload: { jsonrpc: '2.0', id: 7, method, params: { _meta: meta, ...params } },
    });
    return { status: response.statusCode, reply: response.json() as JsonRpcReply & { result?: object } };
  };

  it('needs no other one before, and is answered with who answers', async () => {
    const { status, reply } = await post('server/discover');
    expect(status).toBe(200);
    expect(reply).toMatchObject({
      id: 7,
      result: {
        resultType: 'complete',
        supportedVersions: [STATELESS],
        capabilities: { tools: {}, resources: {} },
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'hybrid-sync' } },
      },
    });
  });

  it('is refused where its headers say something else than its body', async () => {
    const call = { name: 'kv_get', arguments: { key: 'k' } };
    expect((await post('tools/call', call, { 'mcp-name': 'kv_get' })).status).toBe(200);
    for (const headers of [
      { 'mcp-name': 'kv_del' },
      { 'mcp-name': 'kv_get', 'mcp-method': 'tools/list' },
      { 'mcp-name': 'kv_get', 'mcp-protocol-version': '2025-11-25' },
      {},
    ]) {
      const { status, reply } = await post('tools/call', call, headers as Record<string, string>);
      expect([status, reply.error?.code]).toEqual([400, -32020]);
    }
  });

  it.each(['initialize', 'ping', 'tools/destroy'])(
    'finds no method %s, which this era lacks',
    async (method) => {
      const { status, reply } = await post(method);
      expect([status, reply.error?.code]).toEqual([404, -32601]);
    },
  );

  it.each<[string, object, number, number]>([
    [
      'no capabilities',
      { ...DELETE, _meta: { ...meta, 'io.modelcontextprotocol/clientCapabilities': undefined } },
      400,
      -32602,
    ],
    ['meta that is null', { _meta: null }, 400, -32600],
    ['a number as tool', { name: 7 }, 200, -32602],
    ['a list as arguments', { name: 'kv_del', arguments: ['k'] }, 200, -32602],
    ['a tool that is not there', { name: 'kv_drop' }, 200, -32602],
    ['a state that nobody signed', { ...DELETE, requestState: 'x' }, 200, -32602],
  ])('is refused with %s, and changes nothing', async (_, params, status, code) => {
    await api.call('kv_set', { key: 'k', value: 'before' });
    const name = { 'mcp-name': String((params as { name?: unknown }).name ?? '') };
    const { reply, ...answer } = await post('tools/call', params, name);
    expect([answer.status, reply.error?.code]).toEqual([status, code]);
    expect(await api.call('kv_get', { key: 'k' })).toMatchObject({ value: 'before' });
  });

  it('is refused in a revision that nobody speaks, with those that the server does', async () => {
    const later = { ...meta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const { status, reply } = await post(
      'tools/list',
      { _meta: later },
      { 'mcp-protocol-version': '2099-01-01' },
    );
    expect([status, reply.error?.code]).toEqual([400, -32022]);
    expect(reply.error?.data).toMatchObject({ supported: [STATELESS] });
  });

  it('is packed like any other, and has its length', async () => {
    const { headers } = await api.app.inject({
      method: 'POST',
      url: '/mcp',
      headers: {
        host: 'localhost',
        'mcp-protocol-version': STATELESS,
        'mcp-method': 'tools/list',
        'accept-encoding': 'gzip',
      },
      payload: { jsonrpc: '2.0', id: 7, method: 'tools/list', params: { _meta: meta } },
    });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': expect.any(String) });
  });

  it('may be none but an answer, which nobody waits for', async () => {
    const { statusCode } = await api.app.inject({
      method: 'POST',
      url: '/mcp',
      headers: { host: 'localhost', 'mcp-protocol-version': STATELESS },
      payload: { jsonrpc: '2.0', id: 7, result: {} },
    });
    expect(statusCode).toBe(202);
  });

  it('says how long, and for whom, an answer may be kept', async () => {
    const { reply } = await post('tools/list');
    expect(reply.result).toMatchObject({ cacheScope: 'private', ttlMs: expect.any(Number) });
  });
});

it('closing ends a subscription, which would last for ever', async () => {
  const own = await startInProcessApi();
  try {
    const address = new URL('/mcp', await own.app.listen({ host: '127.0.0.1', port: 0 }));
    const client = new StatelessClient(WHO, { versionNegotiation: { mode: { pin: STATELESS } } });
    await client.connect(new StreamableHTTPClientTransport(address));
    const subscription = await client.listen({ toolsListChanged: true });
    await own.app.close();
    expect(await subscription.closed).toBe('graceful');
    await client.close();
  } finally {
    await own.stop();
  }
});
