import { randomUUID } from 'node:crypto';
import { createToken } from '@hybrid-sync/access-tokens';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

/** Two pods of one deployment, which take the tokens of two callers. */
const [ONE, OTHER] = ['one', 'other'].map((name) => createToken({ name, role: 'admin' }));
let pods: { readonly api: InProcessApi; readonly url: string }[];
beforeAll(async () => {
  const tokens = [ONE, OTHER].map((token) => token?.entry).join(' ');
  const first = await startInProcessApi({ SYNC_MODE: 'event-only', API_TOKENS: tokens });
  const second = await startInProcessApi({ ...first.space.env, SYNC_MODE: 'event-only', API_TOKENS: tokens });
  pods = await Promise.all(
    [first, second].map(async (api) => ({
      api,
      url: `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/mcp`,
    })),
  );
});
afterAll(async () => {
  for (const { api } of pods.slice(1)) {
    await api.app.close();
    await api.pod.stop();
  }
  await pods[0]?.api.stop();
});

function post(pod: number, body: object, session = '', token = ONE?.token): Promise<Response> {
  return fetch(pods[pod]?.url ?? '', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      ...(session === '' ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
  });
}

async function greet(capabilities: object): Promise<string | null> {
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo };
  const response = await post(0, { id: 1, method: 'initialize', params });
  await response.arrayBuffer();
  return response.headers.get('mcp-session-id');
}

const DELETE = {
  id: 'call',
  method: 'tools/call',
  params: { name: 'kv_del_prefix', arguments: { prefix: 'k', apply: true } },
};

interface Asked {
  readonly id: string;
  /** The next message of the stream. */
  readonly next: () => Promise<{ id?: unknown; result?: { isError?: boolean; content: { text: string }[] } }>;
  readonly leave: () => Promise<void>;
}

/** Calls the delete at the first pod, and returns once its question is there. */
async function asked(): Promise<Asked> {
  const response = await post(0, DELETE, (await greet({ elicitation: {} })) ?? '');
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next: Asked['next'] = async () => {
    for (;;) {
      const [, frame, rest] = /^event: message\ndata: (.*)\n\n([\s\S]*)$/m.exec(text) ?? [];
      if (frame !== undefined) {
        text = rest ?? '';
        return JSON.parse(frame);
      }
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error(`the stream ended after ${text}`);
      text += value;
    }
  };
  const question = (await next()) as { id: string; method: string };
  expect(question).toMatchObject({ method: 'elicitation/create', params: { mode: 'form' } });
  return { id: question.id, next, leave: async () => reader?.cancel() };
}

const AGREED = { action: 'accept', content: { confirm: true } };
/** What stands in Redis of questions. */
const boxes = () => {
  const { pod, space } = (pods[0] as (typeof pods)[number]).api;
  return pod.stores.redis.at('any').keys(`${space.env.HYBRID_SYNC_NAMESPACE}:question:*`);
};

it('a client is given a session where it says that it can be asked', async () => {
  for (const elicitation of [{}, { form: {} }, { form: {}, url: {} }]) {
    expect(await greet({ elicitation })).toMatch(/^[\x21-\x7e]+$/);
  }
  for (const capabilities of [{}, { elicitation: { url: {} } }, { elicitation: 'yes' }]) {
    expect(await greet(capabilities)).toBeNull();
  }
});

it('a question is answered at any pod, and nothing is left of it', async () => {
  const { id, next } = await asked();
  expect(await boxes()).toHaveLength(1);
  expect((await post(1, { id, result: AGREED })).status).toBe(202);
  const { id: answered, result } = await next();
  expect(answered).toBe('call');
  expect(JSON.parse(result?.content[0]?.text ?? '')).toMatchObject({ complete: true, applied: true });
  await expect.poll(boxes).toEqual([]);
});

it('the answer of another caller, or to no question, goes nowhere', async () => {
  const { id, next } = await asked();
  expect((await post(0, { id, result: AGREED }, '', OTHER?.token)).status).toBe(202);
  expect((await post(0, { id: randomUUID(), result: AGREED })).status).toBe(202);
  expect((await post(0, { id: 0, result: AGREED })).status).toBe(202);
  expect(await boxes()).toHaveLength(1);
  await post(0, { id, result: { action: 'decline' } });
  expect((await next()).result).toMatchObject({ isError: true });
});

it('an answer that is too long for one is refused, and another one still taken', async () => {
  const { id, next } = await asked();
  const long = await post(1, { id, result: { ...AGREED, more: 'x'.repeat(70_000) } });
  expect(long.status).toBe(413);
  expect((await post(1, { id, result: { action: 'decline' } })).status).toBe(202);
  expect((await next()).result).toMatchObject({ isError: true });
});

it.each([
  {},
  { action: 'accept' },
  { action: 'accept', content: { confirm: 'true' } },
  { action: 'accept', content: { confirm: false } },
  { action: 'accept', content: [true] },
  { action: 'yes', content: { confirm: true } },
])('the answer %j is no yes, and ends the question', async (result) => {
  const { id, next } = await asked();
  await post(1, { id, result });
  const answered = await next();
  expect(answered).toMatchObject({ id: 'call' });
  expect(answered.result?.isError ?? true).toBe(true);
  await expect.poll(boxes).toEqual([]);
});

it('an error for an answer is no yes', async () => {
  const { id, next } = await asked();
  await post(1, { id, error: { code: -32603, message: 'no form here' } });
  const { result } = await next();
  expect(JSON.parse(result?.content[0]?.text ?? '')).toMatchObject({ error: { code: 'NOT_CONFIRMED' } });
});

it('nothing is waited for any more once the client has gone', async () => {
  const { leave } = await asked();
  await leave();
  await expect.poll(boxes).toEqual([]);
});

it('a pod that stops waits for no user', async () => {
  const env = pods[0]?.api.space.env ?? {};
  const api = await startInProcessApi({ ...env, API_TOKENS: ONE?.entry ?? '' });
  pods.unshift({ api, url: `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/mcp` });
  try {
    const { next } = await asked();
    const closed = api.app.close();
    expect((await next()).result).toMatchObject({ isError: true });
    await closed;
  } finally {
    pods.shift();
    await api.app.close();
    await api.pod.stop();
  }
});
