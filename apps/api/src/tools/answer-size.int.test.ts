import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { send } from '../testing/http-request.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { firstThatFit } from './answer-size.js';

/** What JSON writes as six bytes. */
const CONTROL = '\u0001';
const MIB = 1024 * 1024;

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
  await api.call('kv_set', { key: 'control', value: CONTROL.repeat(MIB) });
});
afterAll(() => api.stop());

const toolOverMcp = (name: string, args: object) =>
  send(api.app, {
    method: 'POST',
    url: '/mcp',
    headers: { accept: 'application/json' },
    body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
  });

describe('values that JSON writes far longer than they are', () => {
  it('are answered alone, however long', async () => {
    const { body } = await send(api.app, { url: '/kv/control' });
    expect(body.value).toBe(CONTROL.repeat(MIB));
    const { body: single } = await send(api.app, {
      method: 'POST',
      url: '/kv/mget',
      body: { keys: ['control'] },
    });
    expect(single.pairs[0].value).toHaveLength(MIB);
  });

  it('are refused together, over HTTP and over MCP', async () => {
    const keys = ['control', 'control', 'control', 'control'];
    const http = await send(api.app, { method: 'POST', url: '/kv/mget', body: { keys } });
    expect(http).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT', field: 'keys' } });
    const { body } = await toolOverMcp('kv_mget', { keys });
    expect(body.result.isError).toBe(true);
    expect(JSON.stringify(body).length).toBeLessThan(1000);
  });
});

describe('pages', () => {
  const longKey = (index: number) => `${index}`.padEnd(1024, CONTROL);
  const most = 1.5 * MIB;

  it('of keys are shorter where keys are long, and together still have every key', async () => {
    const keys = Array.from({ length: 400 }, (_, index) => longKey(index));
    await Promise.all(keys.map((key) => api.call('kv_set', { key, value: 'v' })));
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const { body } = await send(api.app, { url: `/kv?limit=1000&cursor=${cursor}` });
      expect(JSON.stringify(body).length).toBeLessThan(most);
      for (const key of body.keys) seen.add(key);
      cursor = body.cursor;
    } while (cursor !== '0');
    expect(seen.size).toBe(401);
  });

  it('of dead letters are shorter where keys are long, and go on where they ended', async () => {
    const letters = Array.from({ length: 300 }, (_, index) => ({
      id: `0-${1000 + index}`,
      key: longKey(index),
      op: 'set' as const,
      slot: 0,
      version: 1000 + index,
      attempts: 8,
      reason: 'a reason',
      at: new Date(),
    }));
    const list = vi.spyOn(api.pod.stores.deadLetters, 'list').mockImplementation(async (_, limit, after) => {
      const from = after === undefined ? 0 : letters.findIndex(({ id }) => id === after) + 1;
      return letters.slice(from, from + limit);
    });
    try {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { body } = await send(api.app, {
          url: `/sync/dead-letters?limit=1000${cursor === null ? '' : `&cursor=${cursor}`}`,
        });
        expect(JSON.stringify(body).length).toBeLessThan(most);
        seen.push(...body.deadLetters.map(({ id }: { id: string }) => id));
        cursor = body.cursor;
      } while (cursor !== null);
      expect(seen).toEqual(letters.map(({ id }) => id));
    } finally {
      list.mockRestore();
    }
  });

  it('of differences show the first that fit', async () => {
    const samples = Array.from({ length: 1000 }, (_, index) => ({
      key: longKey(index),
      kind: 'shadow-missing',
    }));
    const shown = firstThatFit(samples);
    expect(shown).toEqual(samples.slice(0, shown.length));
    expect(shown.length).toBeGreaterThan(100);
    expect(JSON.stringify(shown).length).toBeLessThan(most);
    expect(firstThatFit([CONTROL.repeat(MIB)])).toHaveLength(1);
  });
});
