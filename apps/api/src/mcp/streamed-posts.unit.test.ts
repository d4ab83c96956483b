import { once } from 'node:events';
import { request } from 'node:http';
import type { QuestionBox } from '@hybrid-sync/sync-core';
import { toolContract } from '@hybrid-sync/tool-contract';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Tool } from '../tools/tool.js';
import { mcpRoutes } from './mcp-routes.js';
import { McpServerFactory } from './mcp-server.js';
import { sessionFor } from './streamed-call.js';

const PLACES = 2;
/** Of a client that can be asked. */
const SESSION = sessionFor({ capabilities: { elicitation: {} } }) ?? '';

let app: FastifyInstance;
/** How many requests came to their route after their client had gone. */
let late: number;
beforeEach(async () => {
  late = 0;
  const call: Tool['call'] = async () => ({ done: true });
  const tools = new Map([['kv_get', { ...toolContract().kv_get, name: 'kv_get', call }]]);
  app = Fastify();
  app.decorateRequest('caller');
  app.addHook('preHandler', async (each, reply) => {
    each.caller = { name: 'test', role: 'admin' };
    // As where Redis is slow to count a request.
    if (each.headers['x-leaves'] === undefined) return;
    await once(reply.raw, 'close');
    late++;
  });
  const factory = new McpServerFactory(tools, { version: '0.0.0-test', log: pino({ level: 'silent' }) });
  const questions = { open: async () => {}, read: async () => undefined, close: async () => {} };
  await app.register(mcpRoutes, {
    factory,
    questions: questions as unknown as QuestionBox,
    maxWaiting: PLACES,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => app.close());

/** Posts a call that is answered by a stream; `headers`: beside those that it needs. */
function post(id: string, headers: Readonly<Record<string, string>> = {}) {
  const { port } = app.server.address() as { port: number };
  const sent = request({
    ...{ host: '127.0.0.1', port, path: '/mcp', method: 'POST' },
    headers: {
      ...{ 'content-type': 'application/json', 'mcp-session-id': SESSION, ...headers },
      accept: 'application/json, text/event-stream',
    },
  });
  const params = { name: 'kv_get', arguments: { key: 'k' }, _meta: { progressToken: 1 } };
  sent.end(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
  return sent;
}

async function answered(id: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const [response] = await once(post(id, headers), 'response');
  return (await response.toArray()).join('');
}

it('a call is answered whatever its id is', async () => {
  for (const id of ['', 'greeting', '__proto__']) {
    const [, json = ''] = /^data: (.*)$/m.exec(await answered(id)) ?? [];
    expect(JSON.parse(json)).toMatchObject({ id, result: { structuredContent: { done: true } } });
  }
});

it.each([
  ['older', {}],
  ['stateless', { 'mcp-protocol-version': '2026-07-28' }],
])('a client of the %s era that left before its call came to its turn holds no place', async (_, era) => {
  for (let count = 1; count <= 2 * PLACES; count++) {
    const sent = post('left', { ...era, 'x-leaves': 'yes' });
    sent.on('error', () => {});
    await once(sent, 'finish');
    sent.destroy();
    await expect.poll(() => late).toBe(count);
  }
  expect(await answered('stays', era)).not.toContain('OVERLOADED');
});
