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

it('serves the official client over stdio, with nothing but protocol on the output', async () => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [BIN, 'mcp', '--url', api.url],
    stderr: 'pipe',
  });
  let logged = '';
  transport.stderr?.on('data', (chunk) => {
    logged += String(chunk);
  });
  const client = new Client({ name: 'test', version: '1' });
  const faults: Error[] = [];
  client.onerror = (error) => faults.push(error);
  await client.connect(transport);
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
  expect(logged).toBe('');
});
