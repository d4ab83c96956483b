import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { Client as StatelessClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as SecondStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const BIN = new URL('../bin/hybrid-sync.js', import.meta.url).pathname;

let system: RealSystem;
let api: RealApp;
beforeAll(async () => {
  system = new RealSystem();
  api = await system.start('api');
});
afterAll(() => system.stop());

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

describe('a client of the older era, over stdio,', () => {
  const connect = async (answer: () => ElicitResult | Promise<ElicitResult>) => {
    const client = new Client(WHO, { capabilities: { elicitation: {} } });
    const asked: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params.message);
      return answer();
    });
    await client.connect(new StdioClientTransport(started()));
    return { client, asked };
  };
  const DELETE = { name: 'kv_del_prefix', arguments: { prefix: 'asked-', apply: true } };
  beforeEach(async () => {
    const { client } = await connect(() => ({ action: 'cancel' }));
    await client.callTool({ name: 'kv_set', arguments: { key: 'asked-1', value: 'v' } });
    await client.close();
  });

  it('has its user asked before much is changed', async () => {
    const { client, asked } = await connect(() => ({ action: 'accept', content: { confirm: true } }));
    try {
      const { structuredContent } = await client.callTool(DELETE);
      expect(asked).toEqual([expect.stringContaining('Delete 1 keys that start with "asked-"')]);
      expect(structuredContent).toMatchObject({ applied: true, deleted: 1 });
    } finally {
      await client.close();
    }
  });

  it('changes nothing where its user declines, or it gave the call up meanwhile', async () => {
    const late = new AbortController();
    const answers: (() => ElicitResult)[] = [
      () => ({ action: 'decline' }),
      () => {
        late.abort();
        return { action: 'accept', content: { confirm: true } };
      },
    ];
    const { client } = await connect(() => answers.shift()?.() ?? { action: 'cancel' });
    try {
      const declined = await client.callTool(DELETE);
      expect(declined.isError).toBe(true);
      expect(JSON.stringify(declined.content)).toContain('NOT_CONFIRMED');
      await expect(client.callTool(DELETE, undefined, { signal: late.signal })).rejects.toThrow();
      const got = await client.callTool({ name: 'kv_get', arguments: { key: 'asked-1' } });
      expect(got.structuredContent).toMatchObject({ found: true });
    } finally {
      await client.close();
    }
  });

  it('is told how far a long task is', async () => {
    const { client } = await connect(() => ({ action: 'cancel' }));
    const told: object[] = [];
    try {
      for (const key of ['told-1', 'told-2', 'told-3']) {
        await client.callTool({ name: 'kv_set', arguments: { key, value: 'v' } });
      }
      // So slowly that the first word comes well before the answer: this client drops one that comes just before it.
      const call = { name: 'verify_cache_sync', arguments: { prefix: 'told-', keysPerSecond: 2 } };
      await client.callTool(call, undefined, { onprogress: (progress) => told.push(progress) });
      expect(told[0]).toMatchObject({ message: expect.stringContaining('looked at') });
    } finally {
      await client.close();
    }
  });
});
