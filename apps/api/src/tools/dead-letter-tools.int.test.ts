import { toolContract } from '@hybrid-sync/tool-contract';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let client: MongoClient;
beforeAll(async () => {
  api = await startInProcessApi({ SYNC_MODE: 'event-only' });
  client = new MongoClient(api.space.env.MONGODB_URL);
});
afterAll(async () => {
  await client.close();
  await api.stop();
});

const outbox = () => client.db().collection<{ _id: string; ts: Date }>('outbox');
const list = (args: Record<string, unknown> = {}) => api.call('hybrid_sync_dead_letters', args);

/** Three events that no projector has taken, of which those of `bad` are marked as given up. */
beforeEach(async () => {
  await outbox().deleteMany({});
  for (const key of ['bad-1', 'good', 'bad-2']) await api.call('kv_set', { key, value: `value of ${key}` });
  const dead = { attempts: 8, dead: true, lastError: 'MongoDB error 2' };
  await outbox().updateMany({ 'payload.key': { $in: ['bad-1', 'bad-2'] } }, { $set: dead });
});

it('lists dead letters with their reasons and without their values', async () => {
  const { deadLetters, cursor } = (await list()) as { deadLetters: { key: string }[]; cursor: null };
  expect(deadLetters.map((letter) => letter.key).sort()).toEqual(['bad-1', 'bad-2']);
  expect(deadLetters[0]).toMatchObject({ op: 'set', attempts: 8, reason: 'MongoDB error 2' });
  expect(JSON.stringify(deadLetters)).not.toContain('value of');
  expect(cursor).toBeNull();
});

it('pages through them', async () => {
  const first = (await list({ limit: 1 })) as { deadLetters: { id: string }[]; cursor: string };
  const second = (await list({ limit: 1, cursor: first.cursor })) as { deadLetters: { id: string }[] };
  expect(first.deadLetters.length + second.deadLetters.length).toBe(2);
  expect(first.deadLetters[0]?.id).not.toBe(second.deadLetters[0]?.id);
});

it('lists and pages through what others wrote as well', async () => {
  const dead = { dead: true, lastError: { a: 1 }, ts: new Date(8e15) };
  const ids = ['not an id', 'a'.repeat(300), '7-7'];
  await outbox().insertMany(ids.map((_id) => ({ _id, ...dead })) as never);
  const found: string[] = [];
  let cursor: unknown;
  do {
    const page = await list({ limit: 2, cursor });
    expect(toolContract().hybrid_sync_dead_letters.output.parse(page)).toEqual(page);
    for (const { id } of page.deadLetters as { id: string }[]) found.push(id);
    cursor = page.cursor;
  } while (cursor !== null);
  expect(found).toHaveLength(2 + ids.length);
  expect(found).toEqual(expect.arrayContaining(ids));
});

it('requeues those that match, with a new round of attempts', async () => {
  expect(await api.call('hybrid_sync_requeue_dead_letters', { key: 'bad-1' })).toMatchObject({
    changed: 1,
  });
  expect(await outbox().findOne({ 'payload.key': 'bad-1' })).toMatchObject({
    dead: false,
    attempts: 0,
    processed: false,
  });
  expect(await outbox().findOne({ 'payload.key': 'bad-2' })).toMatchObject({ dead: true });
});

it('requeues also when the projector can not be woken', async () => {
  vi.spyOn(api.pod.running.projectionQueue, 'wake').mockRejectedValueOnce(new Error('Redis is away'));
  expect(await api.call('hybrid_sync_requeue_dead_letters', {})).toMatchObject({ changed: 2 });
});

it('requeues at the rate that was asked for', async () => {
  await api.call('hybrid_sync_requeue_dead_letters', { perSecond: 0.1 });
  const due = await outbox()
    .find({ 'payload.key': /^bad/ })
    .project<{ retryAt: Date }>({ retryAt: 1 })
    .toArray();
  const [earlier = 0, later = 0] = due.map((event) => event.retryAt.getTime()).sort((a, b) => a - b);
  expect(later - earlier).toBe(10_000);
});

it('leaves those alone that are too young', async () => {
  await outbox().updateOne({ 'payload.key': 'bad-2' }, { $set: { ts: new Date(Date.now() - 3_600_000) } });
  const answer = await api.call('hybrid_sync_requeue_dead_letters', { minAgeSec: 60 });
  expect(answer).toMatchObject({ changed: 1 });
  expect(await outbox().findOne({ 'payload.key': 'bad-1' })).toMatchObject({ dead: true });
});

it('discards those that match, and keeps the others', async () => {
  expect(await api.call('hybrid_sync_discard_dead_letters', { key: 'bad-2', apply: true })).toMatchObject({
    changed: 1,
  });
  expect(await outbox().findOne({ 'payload.key': 'bad-2' })).toMatchObject({
    dead: false,
    processed: true,
    discarded: true,
  });
  const { deadLetters } = (await list()) as { deadLetters: { key: string }[] };
  expect(deadLetters.map((letter) => letter.key)).toEqual(['bad-1']);
});

it.each([
  ['no filter', {}],
  ['no filter, though applied', { apply: true }],
  ['null for one', { key: null, apply: true }],
  ['all that is not true', { all: false, apply: true }],
  ['all beside a filter', { all: true, key: 'bad-1', apply: true }],
])('refuses to discard with %s', async (_, args) => {
  await expect(api.call('hybrid_sync_discard_dead_letters', args)).rejects.toThrow(/all: /);
  expect(await outbox().countDocuments({ dead: true })).toBe(2);
});

it('shows without apply what a discard would be for', async () => {
  expect(await api.call('hybrid_sync_discard_dead_letters', { all: true })).toMatchObject({
    applied: false,
    changed: 0,
    found: 2,
    deadLetters: [{ attempts: 8 }, { attempts: 8 }],
  });
  expect(await outbox().countDocuments({ dead: true })).toBe(2);
});

it('changes nothing that is not dead', async () => {
  expect(await api.call('hybrid_sync_discard_dead_letters', { key: 'good', apply: true })).toMatchObject({
    changed: 0,
  });
  expect(await outbox().findOne({ 'payload.key': 'good' })).toMatchObject({ processed: false });
});

it('does the same over HTTP', async () => {
  const headers = { host: 'localhost' };
  const listed = await api.app.inject({ url: '/sync/dead-letters?limit=1', headers });
  expect(listed.json()).toMatchObject({ deadLetters: [{ reason: 'MongoDB error 2' }] });
  const payload = { key: 'bad-1' };
  const requeued = await api.app.inject({
    method: 'POST',
    url: '/sync/dead-letters/requeue',
    headers,
    payload,
  });
  expect(requeued.json()).toMatchObject({ changed: 1 });
  const discarded = await api.app.inject({
    method: 'POST',
    url: '/sync/dead-letters/discard',
    headers,
    payload: { all: true, apply: true },
  });
  expect(discarded.json()).toMatchObject({ changed: 1 });
  const refused = await api.app.inject({ url: '/sync/dead-letters?limit=few', headers });
  expect(refused.json()).toMatchObject({ status: 400, field: 'limit' });
});
