import { toolContract } from '@hybrid-sync/tool-contract';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { INSTRUCTIONS } from './instructions.js';
import { McpServerFactory } from './mcp-server.js';

it('a client is told them when it connects', async () => {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const server = new McpServerFactory(new Map(), { version: '1', log: pino({ level: 'silent' }) }).create();
  await server.connect(theirs);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(mine);
  expect(client.getInstructions()).toBe(INSTRUCTIONS);
  await client.close();
});

it('every tool that they name exists', () => {
  const named = INSTRUCTIONS.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [];
  expect(named.length).toBeGreaterThan(5);
  expect(Object.keys(toolContract())).toEqual(expect.arrayContaining(named));
});
