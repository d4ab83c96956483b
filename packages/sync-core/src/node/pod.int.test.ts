import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import type { SyncMode } from '../config/sync-mode.js';
import { verify } from '../reconcile/verify.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';
import { ProjectorNode } from './projector-node.js';

const log = pino({ level: 'silent' });
const SLOTS = 4;
const KEYS = Array.from({ length: 8 }, (_, index) => `key-${index}`);

let world: RealWorld;
const nodes: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

function configured(env: Record<string, string> = {}) {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  return loadSettings({
    env: {
      REDIS_URL: redisUrl,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
      ...env,
    },
  });
}

async function startPod(env: Record<string, string> = {}): Promise<Pod> {
  const pod = new Pod(configured(env), log);
  nodes.push(pod);
  await pod.start();
  return pod;
}

async function startProjector(env: Record<string, string> = {}): Promise<ProjectorNode> {
  const node = new ProjectorNode(configured(env), log);
  nodes.push(node);
  await node.start();
  return node;
}

const atRest = async () => (await world.outbox.countUnprocessed(1000)) + (await world.journal.totalLength());
const differences = async () => (await verify(world)).samples;

describe('the answer tells the truth:', () => {
  it('ASYNC_THREAD means that the shadow has the version now', async () => {
    const pod = await startPod();
    const answers = await Promise.all(KEYS.map((key) => pod.running.sync.set({ key, value: key })));
    expect(answers.map(({ method }) => method)).toEqual(KEYS.map(() => 'ASYNC_THREAD'));
    const shadows = await world.shadows.findMany(KEYS);
    for (const { key, version } of answers) {
      expect(Number(shadows.find(({ _id }) => _id === key)?.version)).toBeGreaterThanOrEqual(version);
    }
    await expect.poll(() => world.journal.totalLength()).toBe(0);
  });

  it('EVENT_BASED means that the outbox has it now, also for a delete', async () => {
    const pod = await startPod({ SYNC_MODE: 'event-only' });
    const set = await pod.running.sync.set({ key: 'a', value: 'v' });
    const deleted = await pod.running.sync.delete('a');
    expect([set, deleted]).toMatchObject([
      { method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' },
      { method: 'EVENT_BASED', existed: true },
    ]);
    const events = (
      await Promise.all(Array.from({ length: SLOTS }, (_, slot) => world.outbox.due(slot, 10)))
    ).flatMap((due) => due.events);
    expect(events.map(({ version, payload }) => [Number(version), payload.op])).toEqual([
      [set.version, 'set'],
      [deleted.version, 'del'],
    ]);
  });

  it('JOURNALED means that MongoDB has neither, and that the journal keeps it', async () => {
    const nowhere = { MONGODB_URL: 'mongodb://127.0.0.1:1/none', MONGODB_TIMEOUT_MS: '200' };
    const pod = new Pod(configured(nowhere), log);
    nodes.push(pod);
    pod.start().catch(() => undefined); // given up by stop()
    await expect.poll(() => pod.readiness().checks.redis.ok).toBe(true);
    const answer = await pod.running.sync.set({ key: 'a', value: 'v' });
    expect(answer).toMatchObject({ method: 'JOURNALED' });
    expect(pod.readiness()).toMatchObject({ ready: false, checks: { mongodb: { ok: false } } });
    expect(await world.journal.totalLength()).toBe(1);
  });

  it('JOURNALED at once, where that was asked for, is synced behind the answer, also by a pod that stops', async () => {
    // Every write goes the fast way, however slow the machine is.
    const pod = await startPod({ SYNC_MODE: 'hybrid', ASYNC_TIMEOUT_MS: '20000' });
    const keys = Array.from({ length: 300 }, (_, index) => `early ${index}`);
    const answers = await Promise.all(
      keys.map((key) => pod.running.sync.set({ key, value: key }, { answer: 'journaled' })),
    );
    expect(answers.map(({ method }) => method)).toEqual(keys.map(() => 'JOURNALED'));
    await pod.stop();
    for (const { synced } of answers) expect(await synced).toMatchObject({ method: 'ASYNC_THREAD' });
    expect((await world.shadows.versionsOf(keys)).size).toBe(keys.length);
    expect(await world.journal.totalLength()).toBe(0);
  });
});

it('a write whose place a foreign document has is not called synced, and is in the shadow once that is gone', async () => {
  const foreign = world.db.collection<{ _id: string }>('kv_shadow');
  await foreign.insertMany([
    { _id: 'q0', foo: 1 },
    { _id: 'q1', version: 'text', lastValue: 'x' },
  ] as never);
  const pod = await startPod();
  await startProjector({ PROJECTOR_SWEEP_MS: '50', OUTBOX_MAX_ATTEMPTS: '1' });
  for (const key of ['q0', 'q1']) {
    expect(await pod.running.sync.set({ key, value: `of ${key}` })).toMatchObject({
      method: 'EVENT_BASED',
      fallbackReason: 'FAST_PATH_FAILED',
    });
  }
  await expect.poll(() => world.outbox.countDead(10)).toBe(2);
  const letters = await world.deadLetters.list({}, 10);
  for (const { reason } of letters) expect(reason).toContain('kv_shadow holds a document of this _id');
  expect((await verify(world)).samples.map(({ key, kind }) => [key, kind])).toEqual([
    ['q0', 'foreign-document'],
    ['q1', 'foreign-document'],
  ]);
  await foreign.deleteMany({});
  await world.deadLetters.requeue({}, 10, 1000);
  await expect.poll(atRest).toBe(0);
  expect(await differences()).toEqual([]);
});

describe('load', () => {
  it('is high for events that no one applies, but only those that waited since the sample before', async () => {
    const pod = await startPod({
      SYNC_MODE: 'event-only',
      LOAD_SAMPLE_MS: '100',
      LOAD_MAX_UNPROCESSED_EVENTS: '0',
    });
    const counted = vi.spyOn(pod.stores.outbox, 'countUnprocessed');
    await pod.running.sync.set({ key: 'a', value: 'v' });
    await expect.poll(() => pod.running.load.isHigh()).toBe(true);
    expect(counted).toHaveBeenLastCalledWith(1, 100);
  });
});

describe('the projector', () => {
  it('brings events to the shadows when it is woken', async () => {
    const pod = await startPod({ SYNC_MODE: 'event-only' });
    await startProjector({ PROJECTOR_SWEEP_MS: '3600000' });
    for (const key of KEYS) await pod.running.sync.set({ key, value: key });
    await expect.poll(atRest).toBe(0);
    expect(await differences()).toEqual([]);
  });

  it('finds events that no one woke it for', async () => {
    const mutation = await world.cache.set({ key: 'a', value: 'v' });
    await world.outbox.add([mutation]);
    await world.journal.remove([mutation]);
    await startProjector({ PROJECTOR_SWEEP_MS: '50' });
    await expect.poll(atRest).toBe(0);
    expect(await differences()).toEqual([]);
  });

  it('takes over what a pod left in the journal when it died, once that is overdue', async () => {
    await world.cache.set({ key: 'a', value: 'orphaned' });
    await startProjector({ PROJECTOR_SWEEP_MS: '50', JOURNAL_RECOVER_AFTER_MS: '300' });
    await expect.poll(atRest).toBe(0);
    expect(await world.shadows.find('a')).toMatchObject({
      lastValue: 'orphaned',
      metadata: { syncMethod: 'JOURNALED', fallbackReason: 'RECOVERED' },
    });
  });

  it('leaves alone what is not overdue yet', async () => {
    await world.cache.set({ key: 'young', value: 'v' });
    const mutation = await world.cache.set({ key: 'event', value: 'v' });
    await world.outbox.add([mutation]);
    await startProjector({ PROJECTOR_SWEEP_MS: '50', JOURNAL_RECOVER_AFTER_MS: '3600000' });
    await expect.poll(() => world.outbox.countUnprocessed(10)).toBe(0);
    expect(await world.shadows.find('young')).toBeNull();
  });
});

describe('many processes', () => {
  it('that write the same keys, each in another way, end with every shadow equal to its pair', async () => {
    const modes: SyncMode[] = ['hybrid', 'event-only', 'adaptive'];
    const pods = await Promise.all([startPod(), startPod()]);
    await Promise.all([startProjector(), startProjector()]);
    await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const pod = pods[index % 2];
        const key = KEYS[index % KEYS.length] ?? '';
        const mode = modes[index % modes.length];
        if (index % 7 === 0) return pod?.running.sync.delete(key, {}, { mode });
        return pod?.running.sync.set(
          { key, value: `value ${index}`, ttlSec: index % 5 === 0 ? 600 : undefined },
          { mode },
        );
      }),
    );
    await expect.poll(atRest, { timeout: 10_000 }).toBe(0);
    expect(await differences()).toEqual([]);
  });
});

describe('a stop', () => {
  it('answers what is under way first', async () => {
    const pod = await startPod();
    const answers = Promise.all(KEYS.map((key) => pod.running.sync.set({ key, value: key })));
    await pod.stop();
    expect((await answers).map(({ method }) => method)).toEqual(KEYS.map(() => 'ASYNC_THREAD'));
    expect(await world.journal.totalLength()).toBe(0);
  });

  it('may be asked for twice', async () => {
    const pod = await startPod();
    await Promise.all([pod.stop(), pod.stop()]);
    await expect(pod.stop()).resolves.toBeUndefined();
  });
});
