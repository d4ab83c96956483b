import { toolContract } from '@hybrid-sync/tool-contract';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyText } from '../testing/any-text.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let client: Client;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  const url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
  client = new Client(
    { name: 'test', version: '1' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new StreamableHTTPClientTransport(url));
});
afterAll(async () => {
  await client.close();
  await api.stop();
});

const read = async (uri: string) => {
  const { contents } = await client.readResource({ uri });
  return JSON.parse((contents[0] as { text: string }).text);
};

describe('a key as a resource', () => {
  it('is offered by two templates', async () => {
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates).toMatchObject([
      { uriTemplate: 'hybrid-sync://key/{key}', mimeType: 'application/json' },
      { uriTemplate: 'hybrid-sync://key/{key}/state', mimeType: 'application/json' },
    ]);
  });

  it('is any key there may be, percent-encoded: what kv_get says of it, and each side', async () => {
    await fc.assert(
      fc.asyncProperty(anyText(1, 40), async (key) => {
        const { version } = await api.call('kv_set', { key, value: 'v' });
        const uri = `hybrid-sync://key/${encodeURIComponent(key)}`;
        expect(await read(uri)).toEqual({ found: true, key, value: 'v', version });
        expect(await read(`${uri}/state`)).toMatchObject({ key, state: 'IN_SYNC', shadow: { version } });
      }),
      { numRuns: 30 },
    );
  });

  it('that is not there is told as kv_get tells it', async () => {
    expect(await read('hybrid-sync://key/none')).toEqual({ found: false, key: 'none' });
  });

  it.each([
    ['no key', 'hybrid-sync://key/'],
    ['a path in its place', 'hybrid-sync://key/a/b'],
    ['something behind it', 'hybrid-sync://key/a/state/more'],
    ['half of an escape', 'hybrid-sync://key/%E0%A4%A'],
    ['a question', 'hybrid-sync://key/a?b=c'],
    ['a key that is too long', `hybrid-sync://key/${'x'.repeat(1025)}`],
  ])('is none with %s', async (_, uri) => {
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
  });
});

describe('the prompts', () => {
  it("are an operator's three jobs, in words that name tools and arguments which exist", async () => {
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['diagnose_lag', 'compare_and_mend', 'tune']);
    for (const { name, title, description } of prompts) {
      expect([title, description]).toEqual([expect.any(String), expect.any(String)]);
      const { messages } = await client.getPrompt({ name });
      const text = messages.map(({ content }) => (content.type === 'text' ? content.text : '')).join('');
      const named = text.match(/\b(?:hybrid_sync|verify|force|restore|kv|import)_[a-z_]+\b/g) ?? [];
      expect(named.length).toBeGreaterThan(2);
      expect(Object.keys(toolContract())).toEqual(expect.arrayContaining(named));
    }
  });

  it.each([
    ['diagnose_lag', { key: 'late "key"' }, 'key "late \\"key\\""'],
    ['compare_and_mend', { prefix: 'user:' }, 'prefix "user:"'],
    ['tune', { goal: 'p99' }, 'goal: "p99"'],
  ])('%s takes what it is about', async (name, args, text) => {
    const { messages } = await client.getPrompt({ name, arguments: args as Record<string, string> });
    expect(messages).toMatchObject([{ role: 'user', content: { text: expect.stringContaining(text) } }]);
  });

  it('are no others', async () => {
    await expect(client.getPrompt({ name: 'other' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('name: '),
    });
  });
});
