import { setTimeout as delay } from 'node:timers/promises';
import {
  connectStores,
  type Mutation,
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
import type { Measuring } from '../measure/measuring.js';
import { fillShadows } from '../rows/row-connections.js';
import { envOf, settingsOf } from '../system/store-settings.js';

/** Events of the warm-up for each projector. */
const WARM_UP_EVENTS = 2000;
/** Events in one insert. */
const INSERT_BATCH = 500;
/** Time between two looks at a queue, in milliseconds, and the longest wait for the outbox. */
const LOOK_EVERY_MS = 10;
const DRAIN_MS = 120_000;

/** A backlog, and who drains it. */
export interface Drain {
  readonly name: string;
  readonly events: number;
  /** Keys that the events are of, in turn; as many as events, so that they are distinct, unless given. */
  readonly keys?: number;
  /** How many projectors drain it; 1 unless given. */
  readonly projectors?: number;
  /** What is added to every reply of MongoDB to a projector, in milliseconds; nothing unless given. */
  readonly delayMs?: number;
  /** Settings of the projectors that are not at their default, by the names of their variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Options of Node itself for the projectors. */
  readonly nodeArgs?: readonly string[];
}

/**
 * Measures how fast projectors drain a backlog. They run and are warm; the queue that wakes them is paused while the
 * outbox is filled, and the clock starts when it is resumed.
 * @returns events per second
 */
export async function measureDrain(
  { system, options: { seed }, signal }: Measuring,
  { name, events, keys = events, projectors = 1, delayMs = 0, ...ofProjectors }: Drain,
): Promise<number> {
  const urls = system.stores(name);
  const settings = settingsOf(urls);
  const pairs = new Pairs(seed, keys);
  await using owned = new OwnedParts();
  const stores = owned.own(await connectStores(settings, pino({ level: 'silent' })));
  const queue = openQueue(settings);
  owned.add(() => queue.close());
  await stores.mongo.ensureIndexes();
  await fillShadows(urls.mongodbUrl, pairs);
  const far = delayMs > 0 && owned.own(await system.startDelayLine(urls.mongodbUrl, delayMs));
  const env = { ...envOf({ ...urls, ...(far && { mongodbUrl: far.url }) }), ...ofProjectors.settings };
  for (let each = 0; each < projectors; each++) {
    owned.own(await system.startApp('projector', env, ofProjectors.nodeArgs));
  }
  await fillOutbox(stores, pairs, WARM_UP_EVENTS * projectors);
  await outboxDrained(stores, signal);
  await queue.pause();
  await fillOutbox(stores, pairs, events);
  // The projectors' sweeps see to it that a wake-up waits for each slot that has events.
  const slots = (await stores.outbox.slotsWaiting(stores.cache.slots)).length;
  await until(async () => (await queue.getJobCountByTypes('waiting')) >= slots, signal);
  // Where that took long, sweeps have begun to drain what no wake-up brings about.
  const waiting = await stores.outbox.countUnprocessed(events);
  const startedAt = performance.now();
  await queue.resume();
  // Redis is asked first, which answers at once: MongoDB reads what is processed already to tell that something waits, so
  // that looks at the outbox would be a good part of what is measured.
  await until(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0, signal);
  await outboxDrained(stores, signal);
  const seconds = (performance.now() - startedAt) / 1000;
  await checkShadows({ ...urls, keys: pairs.keys, signal });
  return waiting / seconds;
}

/** Resolves when no event waits. @throws Error when that takes too long; the signal's reason */
export async function outboxDrained({ outbox }: Pick<Stores, 'outbox'>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  await until(async () => {
    if (performance.now() > deadline) throw new Error(`the outbox was not drained in ${DRAIN_MS / 1000} s`);
    return (await outbox.countUnprocessed(1)) === 0;
  }, signal);
}

async function until(condition: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) await delay(LOOK_EVERY_MS, undefined, { signal });
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

/** Makes so many mutations and leaves each one as an event in the outbox, as a pod in mode `event-only` does. */
async function fillOutbox(
  { cache, outbox, journal }: Pick<Stores, 'cache' | 'outbox' | 'journal'>,
  pairs: Pairs,
  events: number,
): Promise<void> {
  for (let from = 0; from < events; from += INSERT_BATCH) {
    const numbers = Array.from({ length: Math.min(INSERT_BATCH, events - from) }, (_, index) => from + index);
    const mutations: Mutation[] = await Promise.all(
      numbers.map((number) => {
        const { key, value } = pairs.at(number);
        return cache.set({ key, value });
      }),
    );
    const refused = await outbox.add(
      mutations.map((mutation) => ({ ...mutation, fallbackReason: 'EVENT_ONLY' })),
    );
    if (refused.size > 0) throw new Error(`the outbox refused ${refused.size} events`);
    await journal.remove(mutations);
  }
}
