import { randomUUID } from 'node:crypto';
import { createToken } from '@hybrid-sync/access-tokens';
import {
  Client,
  type ClientCapabilities,
  type ElicitResult,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { Client as GreetingClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as GreetingTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  FAST_WAY,
  type InProcessApi,
  type JsonRpcReply,
  startInProcessApi,
} from '../testing/in-process-api.js';
import { StoredState } from '../testing/stored-state.js';

const STATELESS = '2026-07-28';
const WHO = { name: 'test', version: '1' };
const AGREED: ElicitResult = { action: 'accept', content: { confirm: true } };

let api: InProcessApi;
let url: URL;
let state: StoredState;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
  url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
  state = new StoredState(api.space);
});
afterAll(async () => {
  await forgetPlain();
  await state.close();
  await api.stop();
});

/** How a client speaks. */
type Era = 'stateless' | 'greeting' | 'greeting, first line';
interface AnyClient {
  setRequestHandler(
    method: unknown,
    handler: (request: { params: { message: string } }) => ElicitResult,
  ): void;
  connect(transport: unknown): Promise<void>;
  callTool(call: { name: string; arguments: object }): Promise<{ isError?: boolean; content: unknown[] }>;
  close(): Promise<void>;
}

function clientOf(era: Era, capabilities: ClientCapabilities): { client: AnyClient; transport: unknown } {
  if (era === 'greeting, first line') {
    const client = new GreetingClient(WHO, { capabilities: capabilities as object });
    return { client: client as unknown as AnyClient, transport: new GreetingTransport(url) };
  }
  const mode = era === 'stateless' ? { pin: STATELESS } : ('legacy' as const);
  const client = new Client(WHO, { capabilities, versionNegotiation: { mode } });
  return { client: client as unknown as AnyClient, transport: new StreamableHTTPClientTransport(url) };
}

/** Calls a tool as a client whose user answers every question so; returns what was asked, and the tool's answer. */
async function callAs(
  answer: ElicitResult | undefined,
  name: string,
  args: Record<string, unknown>,
  era: Era = 'stateless',
): Promise<{ asked: string[]; isError: boolean; told: Record<string, unknown> }> {
  const { client, transport } = clientOf(era, answer === undefined ? {} : { elicitation: { form: {} } });
  const asked: string[] = [];
  if (answer !== undefined) {
    const method = era === 'greeting, first line' ? ElicitRequestSchema : 'elicitation/create';
    client.setRequestHandler(method, ({ params }) => {
      asked.push(params.message);
      return answer;
    });
  }
  await client.connect(transport);
  try {
    const { isError = false, content } = await client.callTool({ name, arguments: args });
    return { asked, isError, told: JSON.parse((content[0] as { text: string }).text) };
  } finally {
    await client.close();
  }
}

const PLAIN = `plain-${randomUUID()}`;
/** Of each tool that asks: a call that changes something, what is asked, and what the answer says once it was done. */
const CALLS: [name: string, args: Record<string, unknown>, question: RegExp, done: object][] = [
  [
    'kv_del_prefix',
    { prefix: 'k', apply: true },
    /^Delete 2 keys that start with "k".*1 of them only/,
    { deleted: 2 },
  ],
  ['hybrid_sync_discard_dead_letters', { key: 'd', apply: true }, /^Discard 1 dead letters/, { changed: 1 }],
  [
    'hybrid_sync_settings_reset',
    { all: true, apply: true },
    /^Take 1 settings back .*: app\.sync\.async-timeout-ms\?$/,
    { applied: true },
  ],
  [
    'force_sync_repair',
    { prefix: 'k', apply: true },
    /: 0 towards .*, 1 towards the cache/,
    { applied: true },
  ],
  ['import_plain_keys', { match: `${PLAIN}*`, apply: true }, /^Import 1 of 1 plain keys/, { imported: 1 }],
  ['restore_cache', { prefix: 'k' }, /: 1 keys that it lost, 0 that it has older/, { restored: 1 }],
];

/** Two pairs, one of which the cache has lost; a dead letter, a setting of the run time, a plain key. */
beforeEach(async () => {
  const redis = api.pod.stores.redis.at('any');
  await forgetPlain();
  await api.call('kv_del_prefix', { prefix: 'k', apply: true });
  for (const key of ['k1', 'k2']) await api.call('kv_set', { key, value: 'v' });
  const [pair = ''] = await redis.keys(`${api.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:k2`);
  await redis.del(pair);
  await state.db.collection('outbox').deleteMany({});
  await api.call('hybrid_sync_manual', { key: 'd', value: 'v', mode: 'event-only' });
  await state.db.collection('outbox').updateMany({}, { $set: { dead: true, attempts: 8, lastError: 'why' } });
  await api.call('hybrid_sync_settings_set', { settings: { 'app.sync.async-timeout-ms': 19_000 } });
  // Another one each time: what was imported is known from then on.
  await redis.set(`${PLAIN}-${randomUUID()}`, 'v');
  await expect.poll(() => api.pod.stores.journal.totalLength()).toBe(0);
});
async function forgetPlain(): Promise<void> {
  const redis = api.pod.stores.redis.at('any');
  for (const key of await redis.keys(`${PLAIN}*`)) await redis.del(key);
}

describe.each(CALLS)('%s', (name, args, question, done) => {
  it.each<Era>(['stateless', 'greeting', 'greeting, first line'])(
    'asks a %s client with what would happen, and does it once the user agrees',
    async (era) => {
      const { asked, isError, told } = await callAs(AGREED, name, args, era);
      expect(asked).toEqual([expect.stringMatching(question)]);
      expect(isError).toBe(false);
      expect(told).toMatchObject(done);
    },
  );

  it('changes nothing where the user of a greeting client declines', async () => {
    const before = await unchanging();
    const { asked, isError, told } = await callAs({ action: 'decline' }, name, args, 'greeting');
    expect(asked).toHaveLength(1);
    expect(isError).toBe(true);
    expect(told).toMatchObject({ success: false, error: { code: 'NOT_CONFIRMED' } });
    expect(await unchanging()).toEqual(before);
  });

  it.each<[string, ElicitResult]>([
    ['declines', { action: 'decline' }],
    ['cancels', { action: 'cancel' }],
    ['says no', { action: 'accept', content: { confirm: false } }],
    ['answers something else', { action: 'accept', content: { confirm: 'yes' } }],
  ])('changes nothing where the user %s', async (_, answer) => {
    const before = await unchanging();
    const { asked, isError, told } = await callAs(answer, name, args);
    expect(asked).toHaveLength(1);
    expect(isError).toBe(true);
    expect(told).toMatchObject({ success: false, error: { code: 'NOT_CONFIRMED' } });
    expect(await unchanging()).toEqual(before);
  });

  it.each<Era>(['stateless', 'greeting'])(
    'is done without a question where a %s client can not be asked',
    async (era) => {
      const { asked, told } = await callAs(undefined, name, args, era);
      expect(asked).toEqual([]);
      expect(told).toMatchObject(done);
    },
  );
});

/** What is stored, but for the secret, which a first question makes. */
async function unchanging() {
  const { redis, ...others } = await state.snapshot();
  const kept = Object.entries(redis).filter(([key]) => !key.endsWith(':secret'));
  return { ...others, redis: Object.fromEntries(kept) };
}

it('nothing is asked before a dry run, a single delete or a fault in the arguments', async () => {
  const { asked, told } = await callAs(AGREED, 'kv_del_prefix', { prefix: 'k' });
  expect([asked, told.applied]).toEqual([[], false]);
  expect((await callAs(AGREED, 'kv_del', { key: 'k1' })).asked).toEqual([]);
  const faulty = await callAs(AGREED, 'kv_del_prefix', { prefix: '', apply: true });
  expect(faulty).toMatchObject({ asked: [], told: { error: { field: 'prefix' } } });
});

describe('a question', () => {
  const CALL = { name: 'kv_del_prefix', arguments: { prefix: 'k', apply: true } };
  const post = async (params: object, { app } = api, token = '') => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': STATELESS,
      'io.modelcontextprotocol/clientInfo': WHO,
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
    };
    const response = await app.inject({
      method: 'POST',
      url: '/mcp',
      headers: {
        host: 'localhost',
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': STATELESS,
        'mcp-method': 'tools/call',
        'mcp-name': CALL.name,
      },
      payload: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { _meta: meta, ...params } },
    });
    return response.json() as JsonRpcReply & { result?: { resultType?: string; requestState?: string } };
  };
  const ask = async () => (await post(CALL)).result?.requestState as string;
  const agreed = { inputResponses: { confirm: AGREED } };

  it('can be answered at any pod, which knows by the signature that it was asked', async () => {
    const requestState = await ask();
    const other = await startInProcessApi({ ...api.space.env, SYNC_MODE: 'event-only' });
    try {
      const { result } = await post({ ...CALL, ...agreed, requestState }, other);
      expect(result?.structuredContent).toMatchObject({ applied: true });
    } finally {
      await other.app.close();
      await other.pod.stop();
    }
  });

  it('is asked anew where the arguments were changed, or nobody was asked', async () => {
    const requestState = await ask();
    for (const params of [
      { ...CALL, arguments: { prefix: 'k2', apply: true }, ...agreed, requestState },
      { ...CALL, ...agreed },
    ]) {
      expect((await post(params)).result).toMatchObject({ resultType: 'input_required' });
    }
  });

  it('is taken from nobody but its caller', async () => {
    const tokens = ['one', 'other'].map((name) => createToken({ name, role: 'admin' }));
    const guarded = await startInProcessApi({ API_TOKENS: tokens.map(({ entry }) => entry).join(' ') });
    try {
      const [one, other] = tokens.map(({ token }) => token);
      const { result } = await post(CALL, guarded, one);
      const answered = { ...CALL, ...agreed, requestState: result?.requestState };
      expect((await post(answered, guarded, other)).error?.code).toBe(-32602);
      expect((await post(answered, guarded, one)).result?.structuredContent).toMatchObject({ applied: true });
    } finally {
      await guarded.stop();
    }
  });

  it('is refused with a signature that is not ours', async () => {
    const requestState = await ask();
    const [, payload = '', mac] = requestState.split('.');
    for (const forged of [`v1.${payload.slice(0, -2)}.${mac}`, `v1.${payload}.${'A'.repeat(43)}`, 'x']) {
      const { error } = await post({ ...CALL, ...agreed, requestState: forged });
      expect(error).toMatchObject({ code: -32602, data: { reason: 'invalid_request_state' } });
    }
    expect((await callAs(undefined, 'kv_get', { key: 'k1' })).told).toMatchObject({ found: true });
  });
});
