import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { aSet } from '../testing/mutations.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { Pod } from './pod.js';

const SLOTS = 4;
const PATIENCE = { timeout: 20_000, interval: 20 };

let world: RealWorld;
const owned: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  world = await realWorld(SLOTS);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

async function startPod(env: Record<string, string> = {}) {
  const { redisUrl, mongodbUrl, namespace } = world.settings;
  const loaded = loadSettings({
    env: {
      REDIS_URL: redisUrl,
      MONGODB_URL: mongodbUrl,
      HYBRID_SYNC_NAMESPACE: namespace,
      HYBRID_SYNC_SLOTS: String(SLOTS),
      LOAD_SAMPLE_MS: '20',
      ...env,
    },
  });
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const pod = new Pod(loaded, log);
  owned.push(() => pod.stop());
  await pod.start();
  return { pod, warn };
}

/** A line to MongoDB, open. */
async function openLine(): Promise<ServiceLine> {
  const line = await ServiceLine.to(world.settings.mongodbUrl);
  await line.open();
  owned.push(() => line.cut());
  return line;
}

const sampled = (pod: Pod) => pod.running.load.state.sample;

it('counts the workers of all pods, and no more those of one that has stopped', async () => {
  const { pod: one } = await startPod({ MAX_ASYNC_THREADS: '3' });
  const { pod: other } = await startPod({ MAX_ASYNC_THREADS: '5' });
  for (const pod of [one, other]) {
    await expect
      .poll(() => sampled(pod), PATIENCE)
      .toMatchObject({ pods: 2, maxThreads: 8, activeThreads: 0 });
  }
  await other.stop();
  await expect.poll(() => sampled(one), PATIENCE).toMatchObject({ pods: 1, maxThreads: 3 });
});

it('counts the batches in hand of a busy pod in the other one, too: load is the same everywhere', async () => {
  const { pod: idle } = await startPod({ MAX_ASYNC_THREADS: '1' });
  const { pod: busy } = await startPod({ MAX_ASYNC_THREADS: '1' });
  for (const pod of [idle, busy])
    vi.spyOn(pod.running.fastWorker, 'active', 'get').mockReturnValue(pod === busy ? 1 : 0);
  await expect.poll(() => sampled(idle), PATIENCE).toMatchObject({ maxThreads: 2, activeThreads: 1 });
  expect(idle.running.load.level()).toBe('normal');
  vi.spyOn(idle.running.fastWorker, 'active', 'get').mockReturnValue(1);
  for (const pod of [idle, busy]) await expect.poll(() => pod.running.load.level(), PATIENCE).toBe('high');
});

it('while load is sampled MongoDB is not asked besides whether it answers, and one part alone counts what waits', async () => {
  const { pod } = await startPod();
  const { stores, running } = pod;
  const ping = vi.spyOn(stores.mongo, 'ping');
  const counts = vi.spyOn(stores.outbox, 'countUnprocessed');
  const { history, watch } = running;
  const { backlog } = watch;
  await stores.outbox.add([aSet('a', Date.now() * 1000)]);
  await expect
    .poll(() => [backlog.outbox.value()?.unprocessed, history.since(0).at(-1)?.outboxUnprocessed], PATIENCE)
    .toEqual([1, 1]);
  expect(history.stores().mongodb).toEqual({ answers: true, tookMs: expect.any(Number) });
  expect(ping).not.toHaveBeenCalled();
  const whole = counts.mock.calls.filter(([, minAgeMs]) => minAgeMs === undefined);
  expect(whole.length).toBeLessThan(counts.mock.calls.length / 2);
});

it('forgets a pod that was killed', async () => {
  await world.roster.announce('killed', JSON.stringify(deadWord), 60_000);
  const { pod } = await startPod();
  await expect.poll(() => sampled(pod), PATIENCE).toMatchObject({ pods: 1 });
});

const deadWord = {
  activeThreads: 9,
  maxThreads: 9,
  circuitBreakers: { fast: 'closed', outbox: 'closed' },
};

it('with MongoDB away load is unknown, while the pods still hear of each other and of their breakers', async () => {
  const line = await openLine();
  const { pod } = await startPod({
    MONGODB_URL: line.url,
    MONGODB_TIMEOUT_MS: '100',
    BREAKER_CONSECUTIVE_FAILURES: '1',
    BREAKER_HALF_OPEN_AFTER_MS: '600000',
    OUTBOX_TIMEOUT_MS: '200',
    ASYNC_TIMEOUT_MS: '200',
  });
  const { pod: other } = await startPod();
  await expect.poll(() => pod.running.load.level(), PATIENCE).toBe('normal');
  await line.cut();
  await expect.poll(() => pod.running.load.level(), PATIENCE).toBe('unknown');
  const shown = await pod.metrics.registry.metrics();
  expect(shown).toMatch(/^hybrid_sync_load_state\{state="unknown".* 1$/m);
  expect(shown).toMatch(/^hybrid_sync_load_state\{state="normal".* 0$/m);
  // What the last sample saw says nothing of now.
  expect(shown).not.toMatch(/^hybrid_sync_(?:load_exceeded|load_indicator|fast_queue_waiting)\b/m);
  vi.spyOn(pod.running.fastQueue, 'send').mockRejectedValue(new Error('away'));
  expect(await pod.running.sync.set({ key: 'k', value: 'v' })).toMatchObject({ method: 'JOURNALED' });
  const breakers = async () =>
    (await other.running.pods.all())?.map(({ circuitBreakers }) => circuitBreakers);
  expect(await breakers()).toHaveLength(2);
  await expect.poll(breakers, PATIENCE).toContainEqual({ fast: 'open', outbox: 'open' });
});

it('a breaker that opens and closes is logged once and counted once each, however many probes fail in between', async () => {
  const { pod, warn } = await startPod({
    BREAKER_CONSECUTIVE_FAILURES: '1',
    BREAKER_HALF_OPEN_AFTER_MS: '10',
  });
  const { sync, fastQueue, fastBreaker } = pod.running;
  const send = vi.spyOn(fastQueue, 'send').mockRejectedValue(new Error('away'));
  const write = () => sync.set({ key: 'k', value: 'v' });
  await expect
    .poll(async () => {
      await write();
      return send.mock.calls.length;
    }, PATIENCE)
    .toBeGreaterThan(3);
  send.mockRestore();
  await expect
    .poll(async () => {
      await write();
      return fastBreaker.state;
    }, PATIENCE)
    .toBe('closed');
  const told = warn.mock.calls
    .filter(([, message]) => message === 'circuit breaker')
    .map(([fields]) => fields);
  expect(told).toEqual([
    { route: 'fast', state: 'open', reason: 'away' },
    { route: 'fast', state: 'closed', reason: undefined },
  ]);
  const counted = await pod.metrics.registry.getSingleMetricAsString('hybrid_sync_breaker_transitions_total');
  expect(counted).toMatch(/route="fast",state="open".* 1$/m);
  expect(counted).toMatch(/route="fast",state="closed".* 1$/m);
  expect(counted).not.toMatch(/route="outbox".* [1-9]/m);
});
