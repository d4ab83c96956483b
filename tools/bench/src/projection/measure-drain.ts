import { setTimeout as delay } from 'node:timers/promises';
import {
  connectStores,
  PROJECTION_QUEUE_NAME,
  queuePrefix,
  type Settings,
  type Stores,
} from '@hybrid-sync/sync-core';
import { OwnedParts } from '@hybrid-sync/trials';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { Pairs } from '../load/pairs.js';
import { checkShadows } from '../measure/check-shadows.js';
import { fillShadows } from '../rows/row-connections.js';
import type { BenchSystem } from '../system/bench-system.js';
import { envOf, settingsOf } from '../system/store-settings.js';
import { fillOutbox } from './fill-outbox.js';
import { outboxDrained } from './outbox-drained.js';

/** Events of the warm-up for each projector. */
const WARM_UP_EVENTS = 2000;
/** Time between two looks at the queue, in milliseconds. */
const LOOK_EVERY_MS = 10;

/** A backlog, and who drains it. */
export interface DrainMeasurement {
  readonly name: string;
  readonly events: number;
  /** Keys that the events are of, in turn; as many as events for distinct ones. */
  readonly keys: number;
  readonly projectors: number;
  /** What is added to every reply of MongoDB to a projector, in milliseconds. */
  readonly delayMs: number;
  /** Settings of the projectors, by the names of their variables. */
  readonly settings: Readonly<Record<string, string>>;
  /** Options of Node itself for the projectors. */
  readonly nodeArgs?: readonly string[];
  readonly seed: string;
  readonly signal: AbortSignal;
}

/**
 * Measures how fast projectors drain a backlog. They run and are warm; the queue that wakes them is paused while the
 * outbox is filled, and the clock starts when it is resumed.
 * @returns events per second
 */
export async function measureDrain(system: BenchSystem, measurement: DrainMeasurement): Promise<number> {
  const { name, events, keys, projectors, delayMs, seed, signal } = measurement;
  const urls = system.stores(name);
  const settings = settingsOf(urls);
  const pairs = new Pairs(seed, keys);
  const stores = await connectStores(settings, pino({ level: 'silent' }));
  const queue = openQueue(settings);
  const owned = new OwnedParts();
  owned.add(() => stores.stop());
  owned.add(() => queue.close());
  try {
    await stores.mongo.ensureIndexes();
    await fillShadows(urls.mongodbUrl, pairs);
    let mongodbUrl = urls.mongodbUrl;
    if (delayMs > 0) {
      const line = await system.startDelayLine(mongodbUrl, delayMs);
      owned.add(() => line.stop());
      mongodbUrl = line.url;
    }
    const env = { ...envOf({ ...urls, mongodbUrl }), ...measurement.settings };
    for (let each = 0; each < projectors; each++) {
      const projector = await system.startApp('projector', env, measurement.nodeArgs);
      owned.add(() => projector.stop());
    }
    await fillOutbox(stores, pairs, WARM_UP_EVENTS * projectors);
    await outboxDrained(stores, signal);
    await queue.pause();
    await fillOutbox(stores, pairs, events);
    await allWoken(stores, queue, signal);
    // Where that took long, sweeps have begun to drain what no wake-up brings about.
    const waiting = await stores.outbox.countUnprocessed(events);
    const startedAt = performance.now();
    await queue.resume();
    await noneInHand(queue, signal);
    await outboxDrained(stores, signal);
    const seconds = (performance.now() - startedAt) / 1000;
    await checkShadows({ ...urls, keys: pairs.keys, signal });
    return waiting / seconds;
  } finally {
    await owned.stop();
  }
}

/**
 * Resolves when no slot waits for a drain or is being drained. Asked of Redis, which answers at once: MongoDB reads what is
 * processed already to tell that something waits, so that looks at the outbox would be a good part of what is measured.
 */
async function noneInHand(queue: Queue, signal: AbortSignal): Promise<void> {
  while ((await queue.getJobCountByTypes('waiting', 'active')) > 0) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

function openQueue(settings: Settings): Queue {
  const queue = new Queue(PROJECTION_QUEUE_NAME, {
    connection: { url: settings.redisUrl },
    prefix: queuePrefix(settings.namespace),
    skipMetasUpdate: true,
  });
  // Commands report their own failures; without a listener a lost connection would end the process.
  queue.on('error', () => undefined);
  return queue;
}

/** Resolves when a wake-up waits for each slot that has events: the projectors' sweeps see to that. */
async function allWoken(
  { outbox, cache }: Pick<Stores, 'outbox' | 'cache'>,
  queue: Queue,
  signal: AbortSignal,
): Promise<void> {
  const slots = (await outbox.slotsWaiting(cache.slots)).length;
  while ((await queue.getJobCountByTypes('waiting')) < slots) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
