import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

describe('POST /mcp/message', () => {
  it("answers the guide's first call: statistics", async () => {
    // The outbox is counted in the background, for the first time soon after the start.
    await expect
      .poll(async () => (await api.call('hybrid_sync_stats')).outboxEvents)
      .toMatchObject({ unprocessed: 0 });
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
});

describe('/mcp, Streamable HTTP', () => {
  const client = new Client({ name: 'test', version: '1' });
  beforeAll(async () => {
    const url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
    await client.connect(new StreamableHTTPClientTransport(url) as Parameters<Client['connect']>[0]);
  });
  afterAll(() => client.close());

  it('tells the official client what the server is and offers', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'hybrid-sync', version: '0.0.0-test' });
    expect(client.getServerCapabilities()).toEqual({ tools: {}, resources: {}, prompts: {} });
  });

  it('lists the resources', async () => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['hybrid-sync://stats', 'hybrid-sync://settings']);
    for (const resource of resources) {
      expect(resource).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        mimeType: 'application/json',
      });
    }
  });

  it.each([
    ['hybrid-sync://stats', 'hybrid_sync_stats'],
    ['hybrid-sync://settings', 'hybrid_sync_settings'],
  ])('%s reads as %s answers', async (uri, tool) => {
    const { contents } = await client.readResource({ uri });
    expect(contents).toMatchObject([{ uri, mimeType: 'application/json' }]);
    const read = JSON.parse((contents[0] as { text: string }).text);
    const times = { timestamp: '', readAt: '' };
    expect({ ...read, ...times }).toEqual({ ...(await api.call(tool)), ...times });
  });

  it.each(['hybrid-sync://secrets', 'hybrid-sync://stats/..', 'file:///etc/passwd', ''])(
    'has no resource "%s"',
    async (uri) => {
      await expect(client.readResource({ uri })).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining('uri: '),
        data: { uri },
      });
    },
  );

  it('says over its protocol why a resource can not be read', async () => {
    const failing = vi.spyOn(api.pod.running.watch.backlog.outbox, 'known').mockImplementation(() => {
      throw new Error('secret');
    });
    try {
      await expect(client.readResource({ uri: 'hybrid-sync://stats' })).rejects.toMatchObject({
        code: -32603,
        message: expect.not.stringContaining('secret'),
        data: { code: 'INTERNAL' },
      });
    } finally {
      failing.mockRestore();
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
    expect([response.statusCode, response.json().field]).toEqual([403, 'Origin']);
  });

  it('are refused by their Host, as after DNS rebinding', async () => {
    const response = await api.app.inject({ ...ping, headers: { host: 'elsewhere.example:8080' } });
    expect([response.statusCode, response.json().field]).toEqual([403, 'Host']);
  });

  it('on this machine are served', async () => {
    const response = await api.app.inject({
      ...ping,
      headers: { host: '127.0.0.1:8080', origin: 'http://localhost:3000' },
    });
    expect(response.statusCode).toBe(200);
  });
});
