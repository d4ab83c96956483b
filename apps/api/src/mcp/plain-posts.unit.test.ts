import { request } from 'node:http';
import { sendProblem } from '@hybrid-sync/service-host';
import { toolContract } from '@hybrid-sync/tool-contract';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Tool } from '../tools/tool.js';
import { mcpRoutes } from './mcp-routes.js';
import { McpServerFactory } from './mcp-server.js';

const PLACES = 2;
const CALL = { method: 'tools/call', params: { name: 'kv_get', arguments: { key: 'k' } } };

let app: FastifyInstance;
/** What ends each call of the tool, which by itself never does, and its caller's signal. */
let calls: { end: () => void; gone: AbortSignal | undefined }[];
beforeEach(async () => {
  calls = [];
  const call: Tool['call'] = (_, { gone }) =>
    new Promise((resolve) => calls.push({ end: () => resolve({ done: true }), gone: gone?.() }));
  const tools = new Map([['kv_get', { ...toolContract().kv_get, name: 'kv_get', call }]]);
  app = Fastify();
  app.setErrorHandler(sendProblem);
  app.decorateRequest('caller');
  app.addHook('onRequest', async (each) => {
    each.caller = { name: 'test', role: 'admin' };
  });
  const factory = new McpServerFactory(tools, { version: '0.0.0-test', log: pino({ level: 'silent' }) });
  await app.register(mcpRoutes, { factory, maxWaiting: PLACES });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const { end } of calls) end();
  await app.close();
});

/** Posts a call; `leave` ends its connection without waiting for the answer. */
function post() {
  const { port } = app.server.address() as { port: number };
  const headers = { 'content-type': 'application/json' };
  const sent = request({ host: '127.0.0.1', port, path: '/mcp/message', method: 'POST', headers });
  const answer = new Promise<{ status: number | undefined; retryAfter: string | undefined; json: object }>(
    (resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', async (response) => {
        const text = (await response.toArray()).join('');
        const { 'retry-after': retryAfter } = response.headers;
        resolve({ status: response.statusCode, retryAfter, json: JSON.parse(text) });
      });
    },
  );
  sent.end(JSON.stringify(CALL));
  return { answer, leave: () => sent.destroy() };
}

const called = (times: number) => expect.poll(() => calls.length).toBe(times);

it('no place left is a 503 that says when to come again, until a call has ended', async () => {
  const waiting = [post(), post()];
  await called(PLACES);
  expect(await post().answer).toMatchObject({
    status: 503,
    retryAfter: '1',
    json: { status: 503, code: 'OVERLOADED' },
  });
  calls[0]?.end();
  await Promise.race(waiting.map(({ answer }) => answer));
  const later = post();
  await called(PLACES + 1);
  for (const { end } of calls) end();
  expect(await later.answer).toMatchObject({
    status: 200,
    json: { result: { structuredContent: { done: true } } },
  });
});

it('a client that leaves in the middle of a call frees its place, and its tool learns of it', async () => {
  const [left, stays] = [post(), post()];
  await called(PLACES);
  expect(calls.map(({ gone }) => gone?.aborted)).toEqual([false, false]);
  left.leave();
  await expect(left.answer).rejects.toThrow();
  await expect.poll(() => calls.map(({ gone }) => gone?.aborted).sort()).toEqual([false, true]);
  const next = post();
  await called(PLACES + 1);
  for (const { end } of calls) end();
  expect((await Promise.all([stays.answer, next.answer])).map(({ status }) => status)).toEqual([200, 200]);
});
