import { Client as StatelessClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as SecondStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RealApi } from './testing/real-api.js';

const BIN = new URL('../bin/hybrid-sync.js', import.meta.url).pathname;

let api: RealApi;
beforeAll(async () => {
  api = await RealApi.start();
});
afterAll(() => api.stop());

const WHO = { name: 'test', version: '1' };

/** Each line of the official client, on a bridge of its own; `logged` grows with what the bridge tells people. */
const CONNECT = {
  "the first line's client": async (logged: string[]) => {
    const transport = new StdioClientTransport(started());
    transport.stderr?.on('data', (chunk) => logged.push(String(chunk)));
    const client = new Client(WHO);
    await client.connect(transport);
    return client;
  },
  "the second line's client, stateless": async (logged: string[]) => {
    const transport = new SecondStdio(started());
    transport.stderr?.on('data', (chunk) => logged.push(String(chunk)));
    const client = new StatelessClient(WHO, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(transport);
    return client as unknown as Client;
  },
};
const started = () => ({
  command: process.execPath,
  args: [BIN, 'mcp', '--url', api.url],
  stderr: 'pipe' as const,
});

it.each(Object.entries(CONNECT))(
  'serves %s over stdio, with nothing but protocol on the output',
  async (_, connect) => {
    const logged: string[] = [];
    const faults: Error[] = [];
    const client = await connect(logged);
    client.onerror = (error) => faults.push(error);
    try {
      expect(client.getServerVersion()).toMatchObject({ name: 'hybrid-sync' });
      expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('kv_set');
      const value = 'text \u{1F511}\u0000\n';
      const set = await client.callTool({ name: 'kv_set', arguments: { key: 'k', value } });
      expect(set.structuredContent).toMatchObject({ success: true, key: 'k' });
      const got = await client.callTool({ name: 'kv_get', arguments: { key: 'k' } });
      expect(got.structuredContent).toMatchObject({ found: true, value });
      const { contents } = await client.readResource({ uri: 'hybrid-sync://stats' });
      expect(contents).toHaveLength(1);
      await expect(client.callTool({ name: 'kv_drop' })).rejects.toMatchObject({ code: -32602 });
    } finally {
      await client.close();
    }
    expect(faults).toEqual([]);
    expect(logged).toEqual([]);
  },
);
