import type { Ratios } from './ratios.js';

/** A figure, and what it should reach where it has a target. */
export interface Target {
  readonly name: keyof Ratios;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What it is, in words. */
  readonly meaning: string;
}

/** Every figure that has a target, and below them those that are shown beside them for comparison. */
export const TARGETS: readonly Target[] = [
  {
    name: 'vsOneJobPerMutation',
    atLeast: 6,
    meaning: 'mutations/s of this system over one job per mutation, 100 clients',
  },
  { name: 'vsDirectWrite', atLeast: 3, meaning: 'mutations/s over SET + awaited updateOne, 100 clients' },
  { name: 'p99OfDirectWrite', atMost: 0.4, meaning: 'p99 over that of SET + awaited updateOne, 100 clients' },
  {
    name: 'ofBulkWriteAt100',
    atLeast: 0.65,
    meaning: 'mutations/s at 100 clients over the fastest raw bulkWrite of 100 under way',
  },
  {
    name: 'ofParallelBulkWrite',
    atLeast: 0.8,
    meaning: 'mutations/s at 500 clients over the fastest raw bulkWrite, up to four at a time',
  },
  {
    name: 'machineryVsOneJobPerMutation',
    atLeast: 8,
    meaning: 'the same as the first, no-op store, 500 clients',
  },
  {
    name: 'singleClientP50VsDirectWrite',
    atMost: 1.8,
    meaning: 'p50 over that of SET + awaited updateOne, 1 client',
  },
  {
    name: 'drainOfParallelBulkWrite',
    atLeast: 0.65,
    meaning:
      'events/s of one projector alone, distinct keys, over the fastest raw bulkWrite, up to four at a time',
  },
  {
    name: 'hotKeyDrainOfBulkWriteLimit',
    atLeast: 5,
    meaning:
      'events/s of one projector, 10,000 events on 10 keys, over the fastest raw bulkWrite, one at a time',
  },
  {
    name: 'projectorScaling',
    atLeast: 3.5,
    meaning: 'events/s of 4 projectors over 1, 20 ms added to every store call',
  },
  {
    name: 'fallbackVisibleP50Ms',
    atMost: 50,
    meaning: 'ms from an EVENT_BASED answer to the shadow, projector idle, p50',
  },
  { name: 'fallbackVisibleP99Ms', atMost: 300, meaning: 'the same, p99' },
  {
    name: 'httpOfBareRoute',
    atLeast: 0.35,
    meaning: 'kv set over HTTP over an empty Fastify route with one SET, requests/s, 100 clients',
  },
  {
    name: 'httpAddedOfBareRoute',
    atMost: 1,
    meaning:
      'processor time of the api per mutation, beyond that of core, over that of the bare route per request, 100 clients',
  },
  {
    name: 'bulkHttpOfCore',
    atLeast: 0.8,
    meaning: 'pairs/s by POST /kv/batch of 100 over mutations/s of this system in process, 500 under way',
  },
  {
    name: 'redisPortGetP1',
    atLeast: 0.5,
    meaning: 'GET to the Redis port over GET to Redis itself, commands/s, 50 connections, one at a time',
  },
  { name: 'redisPortGetP16', atLeast: 0.2, meaning: 'the same, 16 at a time' },
  {
    name: 'redisPortSetP1',
    atLeast: 0.25,
    meaning:
      'SET to the Redis port, answered once it is journaled, over SET to Redis itself, commands/s, 50 connections, one at a time',
  },
  { name: 'redisPortSetP16', atLeast: 0.1, meaning: 'the same, 16 at a time' },
  {
    name: 'metricsOnOfOff',
    atLeast: 0.97,
    meaning: 'mutations/s with everything counted for Prometheus over nothing counted, 500 clients',
  },
  { name: 'rssGrowthMb', atMost: 30, meaning: 'MB a pod grows over 1,000,000 mutations, after warm-up' },
  {
    name: 'ofBulkWriteLimit',
    meaning: 'mutations/s at 500 clients over the fastest raw bulkWrite, one at a time',
  },
  {
    name: 'drainOfBulkWriteLimit',
    meaning: 'events/s of one projector alone, distinct keys, over the same',
  },
];

/** The bound, as a reader would write it; nothing where there is none. */
export function boundOf({ atLeast, atMost }: Target): string {
  if (atLeast === undefined && atMost === undefined) return '';
  return atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
}

/** Whether a value reaches its target. */
export function reaches({ atLeast, atMost }: Target, value: number): boolean {
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}
