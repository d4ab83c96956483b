import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createToken } from '@hybrid-sync/access-tokens';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENT = readFileSync(`${REPOSITORY}/docs/mcp.md`, 'utf8');

/** What stands in a client's file of one server. */
interface Configured {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly command?: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
}

const { entry, token } = createToken({ name: 'model', role: 'read' });
let system: RealSystem;
let api: RealApp;
beforeAll(async () => {
  system = new RealSystem({ API_TOKENS: entry });
  api = await system.start('api');
});
afterAll(() => system.stop());

/** A text of the document, for the api and the token of this test. */
const here = (text: string) =>
  text
    .replaceAll('http://localhost:8080', api.url)
    .replaceAll('<token>', token)
    .replaceAll('/opt/hybrid-sync/', REPOSITORY);

function transportOf({ url, headers, command, args, env }: Configured): Transport {
  if (url !== undefined)
    return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: headers ?? {} } });
  return new StdioClientTransport({ command: command ?? '', args: args ?? [], env: env ?? {} });
}

describe('what docs/mcp.md has for the file of a client', () => {
  const block = () => DOCUMENT.match(/```json\n(\{\n {2}"mcpServers"[\s\S]*?)```/)?.[1] ?? '{}';
  const servers = (text: string) => JSON.parse(text).mcpServers as Record<string, Configured>;

  it.each(Object.keys(servers(block())))('connects: %s', async (name) => {
    const configured = servers(here(block()))[name] as Configured;
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(transportOf(configured));
    try {
      expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('kv_get');
    } finally {
      await client.close();
    }
  });
});

it('every line for a client has the URL and the token, or the command with both', () => {
  const lines = [...DOCUMENT.matchAll(/`((?:claude|gemini|mcp-inspector) [^`]+)`/g)].map(
    ([, line = '']) => line,
  );
  expect(lines).toHaveLength(6);
  for (const line of lines) {
    expect(line).toMatch(
      /http:\/\/localhost:8080\/mcp|HYBRID_SYNC_TOKEN=<token> .*hybrid-sync\.js mcp --url http:\/\/localhost:8080/,
    );
    expect(line).toContain('<token>');
  }
});
