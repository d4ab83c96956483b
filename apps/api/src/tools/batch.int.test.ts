import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type BatchAnswer,
  type BatchWrite,
  batchOf,
  del,
  expire,
  incr,
  sendBatch,
  set,
} from '../testing/batch-calls.js';
import { FAST_WAY, type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi(FAST_WAY);
});
afterAll(() => api.stop());

const overHttp = (body: object) => sendBatch(api, body);
const overMcp = (body: object) =>
  api.post({ method: 'tools/call', params: { name: 'kv_batch', arguments: body } });
const batch = (operations: BatchWrite[], more?: object) => batchOf(api, operations, more);
const shadowOf = (key: string) => api.pod.stores.shadows.find(key);

describe.each<[way: string, call: (body: object) => Promise<unknown>]>([
  ['HTTP', async (body) => (await overHttp(body)).body],
  ['MCP', async (body) => (await overMcp(body)).json.result?.structuredContent],
])('a batch over %s', (way, call) => {
  it('makes each kind of write, and says of each how far it got, in the order given', async () => {
    await api.call('kv_set', { key: `${way}:old`, value: 'x' });
    const expireAt = new Date(Date.now() + 3_600_123).toISOString();
    const answer = (await call({
      operations: [
        set(`${way}:a`, '1'),
        del(`${way}:old`),
        set(`${way}:b`, '2', { ttlSec: 300 }),
        del(`${way}:none`),
        expire(`${way}:a`, { expireAt }),
        incr(`${way}:a`, { by: 41 }),
        expire(`${way}:b`, { persist: true }),
      ],
      sessionId: 's',
      interactionId: 'i',
    })) as BatchAnswer;
    const version = expect.any(Number);
    const method = 'ASYNC_THREAD';
    expect(answer).toEqual({
      done: 7,
      failed: 0,
      results: [
        { op: 'set', key: `${way}:a`, version, method },
        { op: 'del', key: `${way}:old`, version, method, existed: true },
        { op: 'set', key: `${way}:b`, version, method, expireAt: expect.any(String) },
        { op: 'del', key: `${way}:none`, version, method, existed: false },
        { op: 'expire', key: `${way}:a`, version, method, expireAt },
        { op: 'incr', key: `${way}:a`, version, method, expireAt, sum: 42 },
        { op: 'expire', key: `${way}:b`, version, method },
      ],
    });
    expect(await shadowOf(`${way}:a`)).toMatchObject({
      lastValue: '42',
      expireAt: new Date(expireAt),
      version: answer.results[5]?.version,
      sessionId: 's',
      interactionId: 'i',
    });
    expect(await shadowOf(`${way}:old`)).toMatchObject({ deleted: true, sessionId: 's', interactionId: 'i' });
    expect(await api.call('kv_get', { key: `${way}:a` })).toMatchObject({ value: '42', expireAt });
    expect(await api.call('kv_ttl', { key: `${way}:b` })).toMatchObject({ found: true, ttlSec: null });
    expect(await shadowOf(`${way}:b`)).not.toHaveProperty('expireAt');
  });

  it('of the most operations, with every argument, is taken, and of one more refused', async () => {
    const argued = { ttlSec: 60, ifVersion: null, ifAbsent: false };
    const operations = Array.from({ length: 1000 }, (_, index) => set(`${way}:many:${index}`, 'v', argued));
    const answer = (await call({ operations, sessionId: 's', interactionId: 'i' })) as BatchAnswer;
    expect(answer).toMatchObject({ done: 1000, failed: 0 });
    expect(answer.results.map(({ key }) => key)).toEqual(operations.map(({ key }) => key));
    expect((await overHttp({ operations: [...operations, set('more', 'v')] })).body).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'operations',
    });
  });
});

describe('operations on one key', () => {
  it('run in the order given, among those on others', async () => {
    const keys = ['order:1', 'order:2', 'order:3'];
    const operations = Array.from({ length: 10 }, (_, round) =>
      keys.map((key) => set(key, `${round}`)),
    ).flat();
    const { results } = await batch(operations);
    for (const key of keys) {
      const versions = results.filter((each) => each.key === key).map(({ version }) => version);
      expect(versions).toEqual([...versions].sort((a, b) => Number(a) - Number(b)));
      expect(await api.call('kv_get', { key })).toMatchObject({ value: '9', version: versions.at(-1) });
    }
  });

  it('wait for the one before where they are more than sets and deletes, while others do not', async () => {
    const { sync } = api.pod.running;
    const began: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const original = sync.increment.bind(sync);
    const spy = vi.spyOn(sync, 'increment').mockImplementation(async (input) => {
      began.push(input.key);
      if (input.key === 'slow') await held;
      return original(input);
    });
    try {
      const answered = batch([incr('slow'), set('slow', 'second'), incr('quick'), set('quicker', '2')]);
      await expect.poll(() => began).toEqual(['slow', 'quick']);
      await expect.poll(async () => (await api.call('kv_get', { key: 'quicker' })).found).toBe(true);
      expect(await api.call('kv_get', { key: 'slow' })).toMatchObject({ found: false });
      release();
      expect(await answered).toMatchObject({ done: 4 });
      expect(await api.call('kv_get', { key: 'slow' })).toMatchObject({ value: 'second' });
    } finally {
      spy.mockRestore();
    }
  });
});

it('sets and deletes are written together, no more than 256 keys at the same time', async () => {
  const { sync } = api.pod.running;
  const together: number[] = [];
  const original = sync.writeMany.bind(sync);
  let underWay = false;
  const spy = vi.spyOn(sync, 'writeMany').mockImplementation(async (inputs, terms) => {
    expect(underWay).toBe(false);
    underWay = true;
    together.push(inputs.length);
    const outcomes = await original(inputs, terms);
    underWay = false;
    return outcomes;
  });
  try {
    const { done } = await batch(Array.from({ length: 600 }, (_, index) => del(`wide:${index}`)));
    expect([done, together]).toEqual([600, [256, 256, 88]]);
  } finally {
    spy.mockRestore();
  }
});

describe('one operation that fails', () => {
  it('by its condition fails alone, with what the single write would be told', async () => {
    const { version } = await api.call('kv_set', { key: 'held', value: 'kept' });
    const { done, failed, results } = await batch([
      set('before', '1'),
      set('held', 'lost', { ifVersion: 1 }),
      set('held', 'lost', { ifAbsent: true }),
      del('held', { ifVersion: 1 }),
      del('nowhere', { ifVersion: 1 }),
      set('after', '2', { ifAbsent: true }),
      set('held', 'changed', { ifVersion: version }),
      expire('after', { ttlSec: 60, ifVersion: 1 }),
      expire('nowhere', { ttlSec: 60 }),
      incr('after', { ifVersion: 1 }),
      incr('held'),
      incr('after'),
    ]);
    expect([done, failed]).toEqual([4, 8]);
    const { json } = await api.post({
      method: 'tools/call',
      params: { name: 'kv_del', arguments: { key: 'nowhere', ifVersion: 1 } },
    });
    const { error } = JSON.parse(json.result?.content?.[0]?.text ?? '');
    expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', version: null });
    expect(results[4]).toEqual({ op: 'del', key: 'nowhere', error });
    for (const { error } of results.slice(1, 4)) {
      expect(error).toMatchObject({ code: 'PRECONDITION_FAILED', version });
    }
    expect(await api.call('kv_get', { key: 'held' })).toMatchObject({ value: 'changed' });
    expect(results[7]?.error).toMatchObject({ code: 'PRECONDITION_FAILED', version: results[5]?.version });
    expect(results[8]?.error).toMatchObject({ code: 'PRECONDITION_FAILED', version: null });
    expect(results[9]?.error).toMatchObject({ code: 'PRECONDITION_FAILED', version: results[5]?.version });
    expect(results[10]?.error).toMatchObject({ code: 'INVALID_INPUT', field: 'key' });
    expect(results[11]).toMatchObject({ op: 'incr', sum: 3 });
    expect(await api.call('kv_get', { key: 'after' })).toMatchObject({ value: '3' });
    expect(await api.call('kv_ttl', { key: 'after' })).toMatchObject({ ttlSec: null });
  });

  it('in a way no one has thought of fails alone, says nothing of it, and is logged', async () => {
    const { sync } = api.pod.running;
    const fault = new TypeError('a secret of the code');
    const logged = vi.spyOn(api.pod.log, 'error');
    const spy = vi.spyOn(sync, 'increment').mockRejectedValue(fault);
    try {
      const { results } = await batch([incr('broken'), set('whole', '1')]);
      expect(results[0]?.error?.code).toBe('INTERNAL');
      expect(JSON.stringify(results)).not.toContain('secret');
      expect(results[1]).toMatchObject({ method: 'ASYNC_THREAD' });
      expect(logged).toHaveBeenCalledWith({ err: fault }, expect.any(String));
    } finally {
      spy.mockRestore();
      logged.mockRestore();
    }
  });
});

describe('a batch with an argument that is wrong is refused as a whole, and names it:', () => {
  it.each<[what: string, wrong: object, field: string]>([
    ['an operation that there is not', { op: 'append', key: 'k' }, 'operations.1.op'],
    ['no operation named', { key: 'k', value: 'v' }, 'operations.1.op'],
    ['no key', { op: 'del' }, 'operations.1.key'],
    ['an empty key', del(''), 'operations.1.key'],
    ['no value', { op: 'set', key: 'k' }, 'operations.1.value'],
    ['a value that is no text', { op: 'set', key: 'k', value: 7 }, 'operations.1.value'],
    ['a value where none belongs', del('k', { value: 'v' }), 'operations.1.value'],
    ['a condition that a delete has not', del('k', { ifAbsent: true }), 'operations.1.ifAbsent'],
    ['no new expiry', expire('k', {}), 'operations.1.ttlSec'],
    ['an expiry with a value', expire('k', { ttlSec: 60, value: 'v' }), 'operations.1.value'],
    ['two new expiries', expire('k', { ttlSec: 60, persist: true }), 'operations.1.ttlSec'],
    ['a part of a number', incr('k', { by: 0.5 }), 'operations.1.by'],
    ['an addition with a time to live', incr('k', { ttlSec: 60 }), 'operations.1.ttlSec'],
    ['two conditions', set('k', 'v', { ifVersion: 1, ifAbsent: true }), 'operations.1.ifAbsent'],
    ['a time to live below zero', set('k', 'v', { ttlSec: -1 }), 'operations.1.ttlSec'],
    ['a name that there is not', set('k', 'v', { sessionId: 's' }), 'operations.1.sessionId'],
  ])('%s', async (_, wrong, field) => {
    const body = { operations: [set('unwritten', 'v'), wrong] };
    const { status, body: told } = await overHttp(body);
    expect([status, told.code, told.field]).toEqual([400, 'INVALID_INPUT', field]);
    const { json } = await overMcp(body);
    expect(JSON.parse(json.result?.content?.[0]?.text ?? '').error).toMatchObject({ field });
    expect(await api.call('kv_get', { key: 'unwritten' })).toMatchObject({ found: false });
  });

  it('no operations', async () => {
    expect((await overHttp({ operations: [] })).body).toMatchObject({ field: 'operations' });
  });
});
