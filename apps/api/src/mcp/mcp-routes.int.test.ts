import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

describe('POST /mcp/message', () => {
  it("answers the guide's first call: statistics", async () => {
    const { status, json } = await api.post({ method: 'tools/call', params: { name: 'hybrid_sync_stats' } });
    expect(status).toBe(200);
    expect(json.result?.structuredContent).toMatchObject({
      asyncThreads: { active: 0, max: 10 },
      configuration: { asyncTimeoutMs: 2000, maxAsyncThreads: 10 },
      outboxEvents: { unprocessed: 0 },
      isHighLoad: false,
    });
    expect(JSON.parse(json.result?.content?.[0]?.text ?? '')).toEqual(json.result?.structuredContent);
  });

  it("answers the guide's second call: load", async () => {
    const { json } = await api.post({ method: 'tools/call', params: { name: 'hybrid_sync_load_check' } });
    expect(json.result?.structuredContent).toMatchObject({ isHighLoad: false });
    expect(json.result?.structuredContent?.recommendation).toMatch(/^Normal load/);
  });

  it("gives back the caller's id, or null for none", async () => {
    expect((await api.post({ jsonrpc: '2.0', id: 'a7', method: 'ping' })).json).toMatchObject({
      id: 'a7',
      result: {},
    });
    expect((await api.post({ method: 'ping' })).json).toMatchObject({ jsonrpc: '2.0', id: null, result: {} });
  });

  it('keeps answers apart when callers use the same id at the same time', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `same-id-${index}`);
    const replies = await Promise.all(
      keys.map((key) =>
        api.post({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'kv_get', arguments: { key } },
        }),
      ),
    );
    expect(replies.map(({ json }) => json.result?.structuredContent?.key)).toEqual(keys);
  });

  it('takes a notification without an answer', async () => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/mcp/message',
      headers: { host: 'localhost' },
      payload: { jsonrpc: '2.0', method: 'notifications/initialized' },
    });
    expect([response.statusCode, response.body]).toEqual([202, '']);
  });

  it('lists all tools with strict input schemas, output schemas and hints', async () => {
    const { json } = await api.post({ method: 'tools/list' });
    const tools = json.result?.tools ?? [];
    expect(tools.map((tool) => tool.name).sort()).toEqual([
      'hybrid_sync_adaptive',
      'hybrid_sync_breaker',
      'hybrid_sync_dead_letters',
      'hybrid_sync_delete',
      'hybrid_sync_discard_dead_letters',
      'hybrid_sync_load_check',
      'hybrid_sync_manual',
      'hybrid_sync_requeue_dead_letters',
      'hybrid_sync_settings',
      'hybrid_sync_stats',
      'hybrid_sync_wait',
      'kv_del',
      'kv_get',
      'kv_mget',
      'kv_scan',
      'kv_set',
      'kv_ttl',
    ]);
    for (const tool of tools) {
      expect(tool.inputSchema, tool.name).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.outputSchema, tool.name).toMatchObject({ type: 'object' });
      expect(tool.annotations, tool.name).toHaveProperty('readOnlyHint');
    }
  });
});

describe('/mcp, Streamable HTTP', () => {
  it('serves the official client, which checks every result against its output schema', async () => {
    const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StreamableHTTPClientTransport(new URL('/mcp', address)) as Parameters<Client['connect']>[0],
    );
    try {
      expect(client.getServerVersion()).toMatchObject({ name: 'hybrid-sync' });
      await client.listTools();
      const calls: [string, Record<string, unknown>][] = [
        ['kv_set', { key: 'client', value: 'v', ttlSec: 60 }],
        ['kv_get', { key: 'client' }],
        ['kv_mget', { keys: ['client', 'absent'] }],
        ['kv_ttl', { key: 'client' }],
        ['kv_scan', { prefix: 'cli' }],
        ['hybrid_sync_manual', { key: 'client' }],
        ['hybrid_sync_adaptive', { key: 'client', value: 'w' }],
        ['hybrid_sync_stats', {}],
        ['hybrid_sync_load_check', {}],
        ['hybrid_sync_dead_letters', {}],
        ['hybrid_sync_requeue_dead_letters', {}],
        ['hybrid_sync_discard_dead_letters', {}],
        ['hybrid_sync_delete', { key: 'client' }],
        ['kv_del', { key: 'client' }],
      ];
      for (const [name, args] of calls) {
        const result = await client.callTool({ name, arguments: args });
        expect(result.isError, name).not.toBe(true);
        expect(result.structuredContent, name).toBeTypeOf('object');
      }
    } finally {
      await client.close();
    }
  });

  it.each(['GET', 'DELETE'] as const)('has no stream or session to %s', async (method) => {
    const response = await api.app.inject({ method, url: '/mcp', headers: { host: 'localhost' } });
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST']);
  });
});

describe('foreign pages', () => {
  const ping = { method: 'POST', url: '/mcp/message', payload: { method: 'ping' } } as const;

  it('are refused by their Origin', async () => {
    const response = await api.app.inject({
      ...ping,
      headers: { host: 'localhost', origin: 'https://elsewhere.example' },
    });
    expect([response.statusCode, response.json().error.field]).toEqual([403, 'Origin']);
  });

  it('are refused by their Host, as after DNS rebinding', async () => {
    const response = await api.app.inject({ ...ping, headers: { host: 'elsewhere.example:8080' } });
    expect([response.statusCode, response.json().error.field]).toEqual([403, 'Host']);
  });

  it('on this machine are served', async () => {
    const response = await api.app.inject({
      ...ping,
      headers: { host: '127.0.0.1:8080', origin: 'http://localhost:3000' },
    });
    expect(response.statusCode).toBe(200);
  });
});
