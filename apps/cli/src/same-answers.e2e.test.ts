import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { requestOf, type ToolContract, type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { curl } from './testing/curl.js';
import { runCli } from './testing/run-cli.js';

/** How each tool is called, as arguments and as a command line, given a pair under `k` and two dead letters. */
const CALLS: { readonly [Name in ToolName]: [args: z.input<ToolContract[Name]['input']>, words: string] } = {
  kv_set: [{ key: 'k', value: '300', ttlSec: 60 }, 'set key=k value=300 ttlSec=60'],
  kv_get: [{ key: 'k' }, 'get key=k'],
  kv_del: [{ key: 'k', sessionId: 's' }, 'del key=k sessionId=s'],
  kv_batch: [
    {
      operations: [
        { op: 'set', key: 'k', value: '300', ttlSec: 60 },
        { op: 'del', key: 'none' },
        { op: 'expire', key: 'k', ttlSec: 90 },
        { op: 'incr', key: 'number', by: 5 },
      ],
    },
    'batch operations=[{"op":"set","key":"k","value":"300","ttlSec":60},{"op":"del","key":"none"},{"op":"expire","key":"k","ttlSec":90},{"op":"incr","key":"number","by":5}]',
  ],
  kv_expire: [{ key: 'k', ttlSec: 90 }, 'expire key=k ttlSec=90'],
  kv_incr: [{ key: 'number', by: 5 }, 'incr key=number by=5'],
  kv_mdel: [{ keys: ['k', 'absent'] }, 'mdel keys=k,absent'],
  kv_mget: [{ keys: ['k', 'absent'] }, 'mget keys=k,absent'],
  kv_del_prefix: [{ prefix: 'k', apply: true }, 'del-prefix prefix=k --yes'],
  kv_ttl: [{ key: 'k' }, 'ttl key=k'],
  kv_scan: [{ prefix: 'k', limit: 1000 }, 'scan prefix=k limit=1000'],
  hybrid_sync_stats: [{}, 'stats'],
  hybrid_sync_load_check: [{}, 'load-check'],
  hybrid_sync_manual: [{ key: 'k', value: 'data', ttlSec: 300 }, 'manual key=k value=data ttlSec=300'],
  hybrid_sync_delete: [{ key: 'k' }, 'delete key=k'],
  hybrid_sync_adaptive: [{ key: 'k' }, 'adaptive key=k'],
  hybrid_sync_wait: [
    { key: 'k', version: Number.MAX_SAFE_INTEGER, waitMs: 1 },
    'wait key=k version=9007199254740991 waitMs=1',
  ],
  hybrid_sync_breaker: [{}, 'breaker'],
  hybrid_sync_settings: [{}, 'settings'],
  hybrid_sync_settings_set: [
    { settings: { 'app.sync.async-timeout-ms': '1500', SYNC_MODE: 'event-only' }, reason: 'test' },
    'settings set app.sync.async-timeout-ms=1500 SYNC_MODE=event-only reason=test',
  ],
  hybrid_sync_settings_reset: [
    { names: ['app.sync.async-timeout-ms'], apply: true },
    'settings reset ASYNC_TIMEOUT_MS --yes',
  ],
  hybrid_sync_pause: [{ part: 'projector', paused: false }, 'pause part=projector paused=false'],
  hybrid_sync_settings_history: [{ limit: 1 }, 'settings history limit=1'],
  hybrid_sync_history: [{ lastSec: 5 }, 'history lastSec=5'],
  hybrid_sync_dead_letters: [{ key: 'dead', limit: 1 }, 'dead-letters key=dead limit=1'],
  hybrid_sync_requeue_dead_letters: [{ minAgeSec: 0, perSecond: 0.5 }, 'requeue minAgeSec=0 perSecond=0.5'],
  hybrid_sync_discard_dead_letters: [{ key: 'dead', apply: true }, 'discard key=dead --yes'],
  hybrid_sync_keys: [{ prefix: 'k' }, 'keys prefix=k'],
  hybrid_sync_key: [{ key: 'k' }, 'key key=k'],
  verify_cache_sync: [{ prefix: 'k', waitMs: 0 }, 'verify prefix=k waitMs=0'],
  verify_key_sync: [{ key: 'k', waitMs: 0 }, 'verify-key key=k waitMs=0'],
  get_cache_ttl_info: [{ key: 'k' }, 'ttl-info key=k'],
  force_sync_repair: [{ key: 'k', apply: true, waitMs: 0 }, 'repair key=k apply=true waitMs=0'],
  restore_cache: [{ prefix: 'k', waitMs: 0 }, 'restore prefix=k waitMs=0'],
  import_plain_keys: [{ match: 'plain:*', apply: true }, 'import match=plain:* --yes'],
};

/** Without a projector the shadow is never there, and a restore waits in vain for the outbox: these say so. */
const SAY_NO = new Set<ToolName>([
  ...(['hybrid_sync_wait', 'verify_cache_sync', 'verify_key_sync'] as const),
  ...(['get_cache_ttl_info', 'restore_cache'] as const),
]);

let system: RealSystem;
let api: RealApp;
let mcp: Client;
beforeAll(async () => {
  // Without a projector every write stays an event, so that all three are answered alike.
  system = new RealSystem({ SYNC_MODE: 'event-only', MAX_VALUE_BYTES: '1000' });
  api = await system.start('api');
  mcp = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', api.url));
  await mcp.connect(transport as Parameters<Client['connect']>[0]);
});
afterAll(async () => {
  await mcp.close();
  await system.stop();
});

/** The same state before each call. */
async function prepare(): Promise<void> {
  await system.space.withDatabase(async (database) => {
    const outbox = database.collection('outbox');
    await outbox.deleteMany({});
    for (const value of ['1', '2']) await overMcp('kv_set', { key: 'dead', value });
    await outbox.updateMany({}, { $set: { dead: true, attempts: 8, lastError: 'MongoDB error 2' } });
  });
  await overMcp('kv_set', { key: 'k', value: 'before', ttlSec: 60 });
  // A version leaves the journal shortly after it was written: until then what was there before is known, too.
  const places = async () =>
    (
      (await overMcp('hybrid_sync_key', { key: 'k' })).answer as { versions: { places: string[] }[] }
    ).versions.flatMap((version) => version.places);
  await expect.poll(places).not.toContain('journal');
}
beforeEach(prepare);

/** What there is to reset, before each call of a reset. */
async function prepareReset(): Promise<void> {
  await overMcp('hybrid_sync_settings_set', { settings: { 'app.sync.async-timeout-ms': '1600' } });
}

async function overMcp(name: string, args: Record<string, unknown>): Promise<Answer> {
  const { isError, structuredContent, content } = await mcp.callTool({ name, arguments: args });
  if (isError !== true) return { answer: structuredContent };
  return { error: JSON.parse((content as [{ text: string }])[0].text).error };
}

async function overCurl(name: ToolName, args: Record<string, unknown>): Promise<Answer> {
  const { method, path, headers, body } = requestOf(name, args);
  const { status, json } = await curl({
    method,
    url: new URL(path, `${api.url}/`),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return status < 300 ? { answer: json } : { error: json };
}

async function overCommandLine(words: readonly string[]): Promise<Answer & { code: number }> {
  const end = await runCli([...words, '--json'], { env: { HYBRID_SYNC_URL: api.url } });
  return end.stderr === '' ? { code: end.code, answer: end.json() } : { code: end.code, error: end.error() };
}

interface Answer {
  readonly answer?: unknown;
  readonly error?: Record<string, unknown>;
}

/** What differs from call to call: moments, versions, ages, counters, and what is sampled in the background. Their types stay. */
const VOLATILE = new Set(
  [
    'timestamp expireAt at seconds keysPerSecond waitedMs sampleAgeMs ttlSec',
    'version shadowVersion cacheVersion id cursor value sum',
    'revision message readAt EVENT_BASED pending queueWaiting samples tookMs p99Ms',
    // A version leaves the journal shortly after it was written.
    'ageMs oldestMs unprocessed deadLetters places',
  ].flatMap((names) => names.split(' ')),
);

function steady(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (name, value) =>
    VOLATILE.has(name) && value !== null && !['300', 'before', 'data'].includes(value) ? typeof value : value,
  );
}

describe('the official MCP client, curl and the command line give the same answer:', () => {
  it('for every tool that the server has', async () => {
    const offered = (await mcp.listTools()).tools.map(({ name }) => name);
    expect(Object.keys(CALLS).sort()).toEqual(offered.sort());
  });

  it.each(Object.keys(CALLS) as ToolName[])('%s', async (name) => {
    const [args, words] = CALLS[name];
    const prepared = name === 'hybrid_sync_settings_reset' ? prepareReset : prepare;
    await prepared();
    const { code, answer } = await overCommandLine(words.split(' '));
    await prepared();
    const mcpAnswer = await overMcp(name, args);
    await prepared();
    const curlAnswer = await overCurl(name, args);

    expect(toolContract()[name].output.safeParse(answer).error).toBeUndefined();
    expect(steady(answer)).toEqual(steady(mcpAnswer.answer));
    expect(steady(answer)).toEqual(steady(curlAnswer.answer));
    expect(code).toBe(SAY_NO.has(name) ? 1 : 0);
  });
});

describe('the official MCP client, curl and the command line give the same refusal:', () => {
  const long = 'x'.repeat(1001);
  it.each<[what: string, name: ToolName, args: Record<string, unknown>, words: string[], expected: object]>([
    [
      'a value over the limit',
      'kv_set',
      { key: 'k', value: long },
      ['set', 'key=k', `value=${long}`],
      { code: 'INVALID_INPUT', field: 'value' },
    ],
    [
      'a key over the limit',
      'kv_get',
      { key: 'k'.repeat(1025) },
      ['get', `key=${'k'.repeat(1025)}`],
      { code: 'INVALID_INPUT', field: 'key' },
    ],
    [
      'a number out of range',
      'kv_scan',
      { limit: 0 },
      ['scan', 'limit=0'],
      { code: 'INVALID_INPUT', field: 'limit' },
    ],
    [
      'a condition that does not hold',
      'kv_set',
      { key: 'none', value: 'v', ifVersion: 7 },
      ['set', 'key=none', 'value=v', 'ifVersion=7'],
      { code: 'PRECONDITION_FAILED', version: null },
    ],
    [
      'a sync without a value, of a key that the cache does not hold',
      'hybrid_sync_manual',
      { key: 'none' },
      ['manual', 'key=none'],
      { code: 'NOT_CACHED', shadow: { state: 'none' } },
    ],
    [
      'settings of which one is at fault',
      'hybrid_sync_settings_set',
      { settings: { 'app.sync.mode': 'hybrid', 'app.slots': '4' } },
      ['settings', 'set', 'app.sync.mode=hybrid', 'app.slots=4'],
      { code: 'INVALID_INPUT', field: 'app.slots' },
    ],
    [
      'settings that were changed meanwhile',
      'hybrid_sync_settings_reset',
      { ifRevision: 999_999, all: true },
      ['settings', 'reset', 'ifRevision=999999', 'all=true'],
      { code: 'REVISION_CONFLICT', revision: expect.any(Number) },
    ],
  ])('%s', async (_, name, args, words, expected) => {
    const overLine = await overCommandLine(words);
    expect(overLine.error).toMatchObject(expected);
    expect((await overMcp(name, args)).error).toMatchObject(expected);
    // Over HTTP the field of a condition is the header that asks for it.
    expect((await overCurl(name, args)).error).toMatchObject(expected);
    expect(overLine.code).toBe('field' in expected ? 2 : 1);
  });
});
