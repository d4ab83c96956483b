import { inspect } from 'node:util';
import { CUT, type FakeAnswer, FakeApi } from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import { type CallOptions, type ClientOptions, HybridSyncClient, TimedOutError } from './index.js';

const started: FakeApi[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((api) => api.stop()));
});

async function clientOf(answer: () => FakeAnswer | typeof CUT, options: Partial<ClientOptions> = {}) {
  const api = await FakeApi.start(answer);
  started.push(api);
  return { api, client: new HybridSyncClient({ url: api.url, ...options }) };
}
const never = () => new Promise<never>(() => {});
const nowhere = { url: 'http://127.0.0.1:1' };

describe.each<[what: string, options: Partial<ClientOptions>]>([
  ['a token that never comes', { token: never }],
  ['what sends without heeding the signal', { send: never }],
])('%s', (_, options) => {
  it('is not waited for beyond the time limit', async () => {
    const client = new HybridSyncClient({ ...nowhere, ...options, timeoutMs: 30 });
    await expect(client.get('a')).rejects.toBeInstanceOf(TimedOutError);
  });

  it('is left when the caller ends the call', async () => {
    const client = new HybridSyncClient({ ...nowhere, ...options });
    const reason = new Error('enough');
    const ended = new AbortController();
    const call = client.get('a', { signal: ended.signal });
    ended.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
});

it.each(['hs_secret\nx', 'hs_secret\0', 'hs_secret€'])(
  'a token that no header takes is told by no error (%j)',
  async (token) => {
    const client = new HybridSyncClient({ ...nowhere, token });
    const failed: unknown = await client.get('a').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TypeError);
    expect(inspect(failed)).toMatch(/token: must hold no characters/);
    expect(inspect(failed)).not.toContain('hs_secret');
  },
);

it('what asks for the token ends the call by what it throws', async () => {
  const fault = new Error('no vault');
  const client = new HybridSyncClient({ ...nowhere, token: () => Promise.reject(fault) });
  await expect(client.get('a')).rejects.toBe(fault);
});

it.each<[name: string, options: CallOptions]>([
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
  ['timeoutMs', { timeoutMs: 2 ** 31 }],
  ['resend', { resend: 'allways' as never }],
])('an option of a call that is no use is refused by its name: %s, %#', async (name, options) => {
  const { api, client } = await clientOf(() => ({ body: {} }));
  await expect(client.set('a', 'v', options)).rejects.toThrow(new RegExp(`^${name}: `));
  expect(api.received).toHaveLength(0);
});

describe('a batch that may have been done', () => {
  it.each<[sent: number, condition: object]>([
    [2, {}],
    [1, { ifAbsent: true }],
    [1, { ifVersion: 7 }],
  ])('is sent %i times, where that was asked for, with %j', async (sent, condition) => {
    const { api, client } = await clientOf(() => CUT, { batchWrites: true, resend: 'always', retries: 1 });
    const writes = [client.set('a', 'v', condition), client.delete('b')];
    for (const write of writes) {
      await expect(write).rejects.toMatchObject({ code: 'API_UNREACHABLE', mayHaveBeenDone: true });
    }
    expect(api.received).toHaveLength(sent);
  });
});
