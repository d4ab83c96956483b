import { randomUUID } from 'node:crypto';
import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announcedHints } from '../mcp/announced-schema.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { type Snapshot, StoredState } from '../testing/stored-state.js';
import { TOOL_CALLS } from '../testing/tool-calls.js';

const NAMES = Object.keys(TOOL_CALLS) as ToolName[];

let api: InProcessApi;
let state: StoredState;
let client: Client;
let listed: Map<string, Tool>;
let plainKey: string;
beforeAll(async () => {
  api = await startInProcessApi({ SYNC_MODE: 'event-only' });
  state = new StoredState(api.space);
  const url = new URL('/mcp', await api.app.listen({ host: '127.0.0.1', port: 0 }));
  client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url) as Parameters<Client['connect']>[0]);
  listed = new Map((await client.listTools()).tools.map((tool) => [tool.name, tool]));
});
afterAll(async () => {
  await client.close();
  await state.close();
  await api.stop();
});

/** A plain key, a setting of the run time, a pair under `k`, and dead letters of three writes, so that one call with a limit of 1 leaves some. */
async function prepare(): Promise<void> {
  await state.db.collection('outbox').deleteMany({});
  for (const value of ['1', '2', 'before']) await api.call('kv_set', { key: 'k', value, ttlSec: 3600 });
  await state.db.collection('outbox').updateMany({}, { $set: { dead: true, attempts: 8, lastError: 'why' } });
  await expect.poll(() => api.pod.stores.journal.totalLength()).toBe(0);
  await api.call('hybrid_sync_settings_set', { settings: { 'app.sync.async-timeout-ms': 1700 } });
  plainKey = `${api.space.env.HYBRID_SYNC_NAMESPACE}-plain-${randomUUID()}`;
  await api.pod.stores.redis.at('any').set(plainKey, 'v');
}

/** What of the data is lost when it is not in `after`: values of pairs and settings, and events that will still be applied. */
function destroyed(before: Data, after: Data): boolean {
  const kept = before.settings.every((setting) => after.settings.includes(setting));
  return !kept || before.value !== after.value || before.events.some((id) => !after.events.includes(id));
}

interface Data {
  readonly value: unknown;
  /** What was counted. */
  readonly count: unknown;
  /** Those of the run time, as JSON. */
  readonly settings: readonly string[];
  readonly events: readonly string[];
  readonly stored: Snapshot;
}

async function data(): Promise<Data> {
  await expect.poll(() => api.pod.stores.journal.totalLength()).toBe(0);
  const stored = await state.snapshot();
  const { value } = await api.call('kv_get', { key: 'k' });
  const { value: count } = await api.call('kv_get', { key: 'counter' });
  const open = stored.outbox as { _id: string; processed: boolean }[];
  const settings = (await api.pod.deployment.setAtRunTime()).map((setting) => JSON.stringify(setting));
  return {
    value,
    count,
    settings,
    events: open.filter((event) => !event.processed).map((event) => event._id),
    stored,
  };
}

it('tools/list names exactly the tools of the contract', () => {
  expect([...listed.keys()]).toEqual(Object.keys(toolContract()));
  expect([...listed.keys()].sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)('%s', (name) => {
  const tool = () => listed.get(name) as Tool;
  const call = () => client.callTool({ name, arguments: TOOL_CALLS[name] });

  it('has a title, and a description that says when to use it', () => {
    expect(tool().title).toMatch(/^\p{Lu}.{3,40}$/u);
    expect(tool().description).toMatch(/^Use (to|after) .{20,}\.$/s);
  });

  it('has a strict input schema with described arguments', () => {
    expect(tool().inputSchema).toMatchObject({ type: 'object' });
    for (const [argument, schema] of Object.entries(tool().inputSchema.properties ?? {})) {
      expect(schema, argument).toMatchObject({ description: expect.stringMatching(/.{10,}\.$/) });
    }
  });

  it('asks for the role that its hints call for', () => {
    const { role, hints } = toolContract()[name];
    expect(role === 'read').toBe(hints.readOnlyHint);
  });

  describe('called on what can be changed', () => {
    beforeEach(prepare);
    afterEach(() => api.pod.stores.redis.at('any').del(plainKey));

    it('answers as its output schema says, and the same as text', async () => {
      // The client compares the answer with the schema, and throws where it differs.
      const { isError, structuredContent, content } = await call();
      expect(isError).not.toBe(true);
      // What the contract doesn't have would be left out here.
      expect(toolContract()[name].output.parse(structuredContent)).toEqual(structuredContent);
      const [{ text }] = content as [{ text: string }];
      expect(JSON.parse(text)).toEqual(structuredContent);
    });

    it('has annotations that are true', async () => {
      const { hints } = toolContract()[name];
      expect(tool().annotations).toEqual(announcedHints(hints));
      const before = await data();
      await call();
      const once = await data();
      expect(JSON.stringify(once.stored) === JSON.stringify(before.stored)).toBe(hints.readOnlyHint);
      expect(destroyed(before, once)).toBe(hints.destructiveHint);
      await call();
      const twice = await data();
      // A write takes a new version each time: what must stay is the value, and what happens to dead letters.
      const same = once.value === twice.value && once.count === twice.count && deadIn(once) === deadIn(twice);
      expect(same).toBe(hints.idempotentHint);
    });
  });
});

const deadIn = ({ stored }: Data) =>
  (stored.outbox as { dead: boolean }[]).filter((event) => event.dead).length;
