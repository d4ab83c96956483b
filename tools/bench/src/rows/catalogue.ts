import { Pairs } from '../load/pairs.js';
import { bulkWrite } from './bulk-write.js';
import { core } from './core.js';
import { directWrite, redisSet } from './direct-write.js';
import { oneJobPerMutation } from './one-job-per-mutation.js';
import { bulkOverHttp, overHttp } from './over-http.js';
import { pipelinedGet, pipelinedSet } from './pipelined.js';
import type { OpenTheRow } from './row.js';
import { twoLayerCache } from './two-layer-cache.js';

/** What the table knows of a row. */
export interface RowDefinition {
  /** What is measured, in words. */
  readonly title: string;
  readonly open: OpenTheRow;
  /** The server that has to run: of this system, or the bare route's. */
  readonly server?: 'api' | 'bare-route';
  /** Which port of the api it is spoken to at; HTTP's unless given. */
  readonly at?: 'redis';
  /**
   * What has to be true afterwards. `shadows`: all queues are empty and each shadow is what the cache holds, for which
   * a projector runs beside the row.
   */
  readonly check?: 'shadows';
  /** Writes in one call, where it is not one: so many, or those numbers that are found best. */
  readonly batches?: number | 'best';
  /** Numbers of mutations under way at which it is measured; 1, 100 and 500 unless given. */
  readonly clients?: readonly number[];
  /** In place of the two above: so many calls under way, each of one of these numbers. */
  readonly pipelines?: { readonly connections: number; readonly depths: readonly number[] };
  /** How many keys it writes, and the size of its values in bytes; 10,000 and 100 unless given. */
  readonly keys?: number;
  readonly valueBytes?: number;
  /** Rows that are measured with each other behind all others, since every open row costs the others something. */
  readonly aside?: true;
}

const LARGE = { clients: [100], keys: 1000, valueBytes: 10_000, aside: true } as const;
const MIXED = { clients: [100], aside: true } as const;
const PIPELINED = { pipelines: { connections: 50, depths: [1, 16] }, aside: true } as const;
const SHADOWS = { check: 'shadows' } as const;
const API = { server: 'api', ...SHADOWS } as const;
const REDIS_PORT = { server: 'api', at: 'redis', ...PIPELINED } as const;

/** Every row, in the order in which they run and are shown. */
export const ROWS = {
  'redis-set': { title: 'Redis SET alone', open: redisSet },
  'bulk-write': { title: 'raw unordered bulkWrite of the same upserts', open: bulkWrite, batches: 'best' },
  'direct-write': { title: 'SET + awaited updateOne upsert', open: directWrite() },
  'one-job-per-mutation': { title: 'SET + one BullMQ job per mutation, awaited', open: oneJobPerMutation() },
  core: { title: 'this system, in process', open: core(), ...SHADOWS },
  'core-no-metrics': { title: 'this system, metrics off', open: core({ metrics: 'none' }), ...SHADOWS },
  cacheable: { title: 'npm cacheable: @keyv/redis + @keyv/mongo', open: twoLayerCache },
  'bare-route': { title: 'empty Fastify route with one SET', open: overHttp, server: 'bare-route' },
  http: { title: 'this system, over HTTP', open: overHttp, ...API },
  'http-bulk': {
    title: 'pairs/s by POST /kv/batch',
    open: bulkOverHttp,
    ...API,
    batches: 100,
    clients: [500],
  },
  'one-job-no-store': {
    title: 'one job per mutation, no-op store',
    open: oneJobPerMutation({ store: 'none' }),
  },
  'core-no-store': { title: 'this system, no-op store', open: core({ store: 'none' }) },
  'direct-write-10kb': { title: 'SET + updateOne, values of 10,000 bytes', open: directWrite(), ...LARGE },
  'core-10kb': { title: 'this system, values of 10,000 bytes', open: core(), ...SHADOWS, ...LARGE },
  'direct-mix': {
    title: 'calls/s: four GET to one SET + updateOne',
    open: directWrite({ writesOneIn: 5 }),
    ...MIXED,
  },
  'core-mix': {
    title: 'calls/s: four reads to one write of this system',
    open: core({ writesOneIn: 5 }),
    ...SHADOWS,
    ...MIXED,
  },
  'bare-get': { title: 'GET to Redis itself', open: pipelinedGet, ...PIPELINED },
  'redis-port-get': { title: "GET to this system's Redis port", open: pipelinedGet, ...REDIS_PORT },
  'bare-set': { title: 'SET to Redis itself', open: pipelinedSet, ...PIPELINED },
  'redis-port-set': {
    title: 'SET to it, answered once it is journaled',
    open: pipelinedSet,
    ...REDIS_PORT,
    ...SHADOWS,
  },
  'bare-set-one-key': { title: 'SET of one key to Redis itself', open: pipelinedSet, ...PIPELINED, keys: 1 },
  'redis-port-set-one-key': {
    title: "SET of one key to this system's Redis port",
    open: pipelinedSet,
    ...REDIS_PORT,
    ...SHADOWS,
    keys: 1,
  },
} as const satisfies Record<string, RowDefinition>;

/** The name of a row. */
export type RowName = keyof typeof ROWS;

/** The names of all rows. */
// Object.keys forgets what the keys of a constant are.
export const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** What the table knows of this row. */
export function rowOf(name: RowName): RowDefinition {
  return ROWS[name];
}

/** The pairs that a row writes. */
export function pairsOf(name: RowName, seed: string): Pairs {
  const { keys, valueBytes } = rowOf(name);
  return new Pairs(seed, keys, valueBytes);
}
