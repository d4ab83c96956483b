import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyText } from '../testing/any-text.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type KeyPage, scanKeys } from '../testing/scan-keys.js';

/** Small, so that random texts often reach the limits. */
const LIMITS = { MAX_KEY_BYTES: '48', MAX_VALUE_BYTES: '200' };
/** Every write goes the fast way, however slow the machine is. */
const RUNS = 100;
/** Many calls in a row, on a machine that may be busy, in milliseconds. */
const TIMEOUT_MS = 120_000;

/** An api and the official client of its MCP, which holds every answer against the tool's output schema. */
class Served {
  readonly api: InProcessApi;
  readonly #client: Client;

  private constructor(api: InProcessApi, client: Client) {
    this.api = api;
    this.#client = client;
  }

  static async start(env: Record<string, string>): Promise<Served> {
    const api = await startInProcessApi(env);
    const url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(url) as Parameters<Client['connect']>[0]);
    await client.listTools();
    return new Served(api, client);
  }

  /** A tool's answer; text and structured content are the same. */
  async call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { isError, structuredContent, content } = await this.#client.callTool({ name, arguments: args });
    const [{ text }] = content as [{ text: string }];
    expect(isError, text).not.toBe(true);
    expect(JSON.parse(text)).toEqual(structuredContent);
    return structuredContent as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    await this.#client.close();
    await this.api.stop();
  }
}

describe('any key and value within the limits', () => {
  let served: Served;
  beforeAll(async () => {
    served = await Served.start({ ...LIMITS, ...FAST_WAY });
  });
  afterAll(() => served.stop());
  const key = anyText(1, Number(LIMITS.MAX_KEY_BYTES));
  const value = anyText(0, Number(LIMITS.MAX_VALUE_BYTES));

  it(
    'come back byte for byte from the cache, and are in the shadow',
    async () => {
      await fc.assert(
        fc.asyncProperty(key, value, async (key, value) => {
          const { version, method } = await served.call('kv_set', { key, value });
          expect(await served.call('kv_get', { key })).toEqual({ found: true, key, value, version });
          expect((await served.call('kv_mget', { keys: [key] })).pairs).toMatchObject([{ key, value }]);
          expect(await served.call('kv_ttl', { key })).toMatchObject({ found: true, key });
          expect(method).toBe('ASYNC_THREAD');
          expect(await served.api.pod.stores.shadows.find(key)).toMatchObject({ _id: key, lastValue: value });
          expect(await served.call('hybrid_sync_wait', { key, version })).toMatchObject({ reached: true });
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'are found by every beginning of the key, and by nothing else',
    async () => {
      await fc.assert(
        fc.asyncProperty(key, fc.nat(), async (key, at) => {
          await served.call('kv_set', { key, value: 'x' });
          const units = [...key];
          const prefix = units.slice(0, at % (units.length + 1)).join('');
          const found = await scan(prefix);
          expect(found).toContain(key);
          expect(found.filter((other) => !other.startsWith(prefix))).toEqual([]);
          await served.call('kv_del', { key });
          expect(await scan(prefix)).not.toContain(key);
        }),
        { numRuns: RUNS / 2 },
      );
    },
    TIMEOUT_MS,
  );

  async function scan(prefix: string): Promise<string[]> {
    return scanKeys(async (cursor) => {
      const page = await served.call('kv_scan', { prefix, cursor, limit: 1000 });
      return page as unknown as KeyPage;
    });
  }
});

it.each([
  ['what JSON writes as six bytes', '\u0001'],
  ['characters of four bytes', '\u{1F511}'],
])('the largest key and value of the default limits come back: %s', async (_, unit) => {
  const served = await Served.start(FAST_WAY);
  try {
    const key = unit.repeat(1024 / Buffer.byteLength(unit));
    const value = unit.repeat(1_048_576 / Buffer.byteLength(unit));
    await served.call('kv_set', { key, value });
    const got = await served.call('kv_get', { key });
    expect(got.key === key && got.value === value).toBe(true);
    await expect
      .poll(async () => (await served.api.pod.stores.shadows.find(key))?.lastValue === value)
      .toBe(true);
  } finally {
    await served.stop();
  }
});
