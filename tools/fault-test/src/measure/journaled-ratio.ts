import { loadSettings, Pod } from '@hybrid-sync/sync-core';
import {
  arrivalTimes,
  type LatencySummary,
  latenciesOf,
  type Random,
  runOpenLoop,
  systemClock,
} from '@hybrid-sync/trials';
import { pino } from 'pino';
import { awaitCondition } from '../system/await-condition.js';
import { type Deployment, whileFrozen } from '../system/deployment.js';
import { BareRedis } from './bare-redis.js';

/** Greatest p99 of journaled writes, in p99s of a bare write. */
export const MAX_RATIO = 3;

/** A namespace and a database of its own: the rounds' checks compare all there is in theirs. */
const NAMESPACE = 'ratio';
/** Writes per second of each sort. */
const RATE = 250;
/** Keys that the core's writes go to. */
const KEYS = 1000;
/** How long the breakers may take to open, in milliseconds. */
const OPEN_WITHIN_MS = 30_000;
/** From here on a write has waited for a probe of MongoDB, in milliseconds. */
const PROBE_MS = 1000;

/** What {@link measureJournaledRatio} needs. */
export interface RatioOptions {
  readonly deployment: Deployment;
  /** Size of a value, in bytes. */
  readonly valueBytes: number;
  /** How long is measured, in milliseconds. */
  readonly lengthMs: number;
  /** Settings of the pod that are not their defaults, by their names in the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Journaled writes against bare ones, in the same seconds. */
export interface JournaledRatio {
  /** Writes that were answered `JOURNALED` after both breakers had opened. */
  readonly journaled: LatencySummary;
  /** Plain SETs of the same size by ioredis. */
  readonly bare: LatencySummary;
  /** p99 by p99. */
  readonly ratio: number;
  /** Journaled writes that waited for more than a second: a breaker had sent them to see whether MongoDB is back. */
  readonly probes: number;
}

/**
 * Measures what a write costs while MongoDB is away, inside the core and without HTTP: a pod in this process writes
 * with MongoDB frozen and both breakers opened, and in turns a bare client does, both in an open loop.
 * @throws when the breakers do not open, or a write is not journaled
 */
export async function measureJournaledRatio(options: RatioOptions): Promise<JournaledRatio> {
  const { deployment, valueBytes, signal } = options;
  const database = new URL(deployment.mongodbUrl);
  database.pathname = `/${NAMESPACE}`;
  const env = {
    ...options.env,
    REDIS_URL: deployment.redis.ownUrl,
    MONGODB_URL: database.href,
    HYBRID_SYNC_NAMESPACE: NAMESPACE,
  };
  const pod = new Pod(loadSettings({ env }), pino({ level: 'silent' }));
  const bare = new BareRedis(deployment.redis.ownUrl, valueBytes, systemClock);
  try {
    await pod.start();
    await bare.connect();
    return await whileFrozen(deployment.mongodb('both'), async () => {
      await openBreakers(pod, valueBytes, signal);
      return measure(pod, bare, options);
    });
  } finally {
    await bare.stop();
    await pod.stop();
  }
}

async function openBreakers(pod: Pod, valueBytes: number, signal: AbortSignal): Promise<void> {
  const { fastBreaker, outboxBreaker, sync } = pod.running;
  await awaitCondition(
    'both breakers are open',
    async () => {
      await Promise.all(Array.from({ length: 4 }, (_, at) => sync.set(pair(at, valueBytes))));
      return fastBreaker.state === 'open' && outboxBreaker.state === 'open';
    },
    { timeoutMs: OPEN_WITHIN_MS, signal },
  );
}

async function measure(
  { running }: Pod,
  bare: BareRedis,
  { lengthMs, random, valueBytes, signal }: RatioOptions,
): Promise<JournaledRatio> {
  const journaledMs: number[] = [];
  const bareMs: number[] = [];
  const count = Math.round((2 * RATE * lengthMs) / 1000);
  await runOpenLoop({
    items: Array(count).keys(),
    times: arrivalTimes(count, lengthMs, random),
    clock: systemClock,
    maxInFlight: count,
    signal,
    send: async (number: number) => {
      if (number % 2 === 0) {
        bareMs.push((await bare.write()).latencyMs);
        return;
      }
      const sentAt = systemClock.now();
      const { method } = await running.sync.set(pair(number, valueBytes));
      journaledMs.push(systemClock.now() - sentAt);
      if (method !== 'JOURNALED') throw new Error(`a write with MongoDB frozen was answered ${method}`);
    },
  });
  signal.throwIfAborted();
  return ratioOf(journaledMs, bareMs);
}

/** Sums up both sorts of writes, given in milliseconds; the ratio of nothing is 0. */
export function ratioOf(journaledMs: readonly number[], bareMs: readonly number[]): JournaledRatio {
  const [journaled, bare] = [latenciesOf(journaledMs), latenciesOf(bareMs)];
  const probes = journaledMs.filter((ms) => ms > PROBE_MS).length;
  return { journaled, bare, ratio: bare.p99 === 0 ? 0 : journaled.p99 / bare.p99, probes };
}

function pair(number: number, valueBytes: number) {
  return { key: `ratio-${number % KEYS}`, value: `${number}`.padEnd(valueBytes, 'x') };
}
