import { setTimeout as sleep } from 'node:timers/promises';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { connectStores, loadSettings } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { Balancer } from './testing/balancer.js';

const PATIENCE = { timeout: 60_000, interval: 50 };
/** Ten times what the balancer takes to see that a pod stops. */
const DELAY_MS = 2000;
const WRITERS = 4;
/** What each writer waits between two writes, in milliseconds: load that two cores bear beside starting processes. */
const PAUSE_MS = 20;
const KEYS_PER_WRITER = 50;
/** Writes before the first pod is replaced, whose times those meanwhile are shown beside. */
const QUIET_WRITES = 500;

const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

it('replaces every pod under load: no write fails, and each is in the cache and its shadow', async () => {
  const system = new RealSystem();
  owned.push(() => system.stop());
  const balancer = await Balancer.start();
  owned.push(() => balancer.stop());
  const startPod = async () => {
    const pod = await system.launch('api', { SHUTDOWN_DELAY_MS: `${DELAY_MS}` });
    balancer.add(pod.url);
    await expect.poll(() => balancer.sendsTo(pod.url), PATIENCE).toBe(true);
    return pod;
  };
  // Drains what the fast path leaves behind.
  await system.launch('projector');
  const pods = await Promise.all([startPod(), startPod(), startPod()]);

  const answers = new Map<number | string, number>();
  const acknowledged = new Map<string, string>();
  const times = { quiet: [] as number[], replacing: [] as number[] };
  let under = times.quiet;
  let loaded = true;
  const writer = async (number: number) => {
    for (let written = 0; loaded; written++) {
      const key = `w${number}-${written % KEYS_PER_WRITER}`;
      const value = `value ${written}`;
      const [startedAt, phase] = [performance.now(), under];
      const status = await put(balancer.url, key, value);
      phase.push(performance.now() - startedAt);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status === 200) acknowledged.set(key, value);
      await sleep(PAUSE_MS);
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, number) => writer(number));
  await expect.poll(() => times.quiet.length, PATIENCE).toBeGreaterThan(QUIET_WRITES);
  under = times.replacing;
  for (const pod of pods) {
    // It is in use when it is told to stop.
    const before = balancer.answered.get(pod.url) ?? 0;
    await expect.poll(() => balancer.answered.get(pod.url) ?? 0, PATIENCE).toBeGreaterThan(before);
    pod.signal('SIGTERM');
    const [exitCode] = await Promise.all([pod.exit(), startPod()]);
    expect(exitCode).toBe(0);
    balancer.remove(pod.url);
  }
  loaded = false;
  await Promise.all(writers);
  console.info(`rolling restart: ${told('quiet', times.quiet)}; ${told('replacing', times.replacing)}`);

  expect(balancer.failures).toEqual([]);
  expect([...answers.keys()]).toEqual([200]);

  const stores = await connectStores(loadSettings({ env: system.env }).settings, pino({ level: 'silent' }));
  owned.push(() => stores.stop());
  const keys = [...acknowledged.keys()];
  const inCache = await stores.cache.getMany(keys);
  expect(new Map(inCache.map((pair) => [pair?.key, pair?.value]))).toEqual(acknowledged);
  const inShadows = async () =>
    new Map((await stores.shadows.findMany(keys)).map(({ _id, lastValue }) => [_id, lastValue]));
  await expect.poll(inShadows, PATIENCE).toEqual(acknowledged);
});

/** How long writes took, in words. */
function told(phase: string, times: number[]): string {
  const sorted = times.sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]?.toFixed(1);
  return `${phase} ${times.length} writes, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

/** Writes a pair; the status of the answer, or why there is none. */
const put = (url: string, key: string, value: string): Promise<number | string> =>
  fetch(`${url}/kv/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    (error: Error) => String(error.cause ?? error),
  );
