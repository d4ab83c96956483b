import {
  ConfigurationError,
  connectStores,
  FAST_QUEUE_NAME,
  loadSettings,
  queuePrefix,
  reasonOf,
  type Settings,
} from '@hybrid-sync/sync-core';
import { type Difference, verify } from '@hybrid-sync/sync-core/reconcile';
import { pino } from 'pino';
import type { RedisAddresses } from './service-addresses.js';
import { UsageError } from './usage-error.js';

export { reasonOf } from '@hybrid-sync/sync-core';

/** The outcome of a comparison of cache and shadows. */
export interface Comparison {
  /** Keys looked at: every shadow, tombstones too, and every pair without one. */
  readonly compared: number;
  /** Keys that differ, those included of which one can't say. */
  readonly differing: number;
  /** The first of them, a thousand at most. */
  readonly differences: readonly Difference[];
}

/** What still waits to reach the shadows. */
export interface BacklogCounts {
  /** Mutations that are not yet durable in MongoDB. */
  readonly journal: number;
  /** Outbox events not yet applied, counted up to a hundred thousand. */
  readonly events: number;
}

/** A pair in the cache, as far as the replay looks at it. */
export interface StoredPair {
  readonly value: string;
  readonly version: number;
}

/** A shadow, as far as the replay looks at it. */
export interface StoredShadow {
  readonly version: number;
  /** null in a tombstone. */
  readonly value: string | null;
}

/** Where the service's fast queue is. */
export interface FastQueueAddress {
  readonly redisUrl: string;
  readonly name: string;
  readonly prefix: string;
}

/** Cache and shadows of the service under test, as a trial uses them. */
export interface SyncStores extends Awaited<ReturnType<typeof openSyncStores>> {}

const MOST_EVENTS_COUNTED = 100_000;
const MOST_DEAD_COUNTED = 1000;
const MOST_DIFFERENCES = 1000;

/**
 * The settings of the service under test: as its own processes read them, but for the addresses.
 * @throws UsageError that names every setting at fault
 */
export function settingsFor(
  { redisUrl, queueRedisUrl, mongodbUrl }: RedisAddresses & { readonly mongodbUrl?: string },
  env: NodeJS.ProcessEnv,
): Settings {
  const addresses = { REDIS_URL: redisUrl, QUEUE_REDIS_URL: queueRedisUrl };
  try {
    return loadSettings({
      env: { ...env, ...addresses, ...(mongodbUrl === undefined ? {} : { MONGODB_URL: mongodbUrl }) },
    }).settings;
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}

/** Where the settings put the fast queue. */
export function fastQueueOf(settings: Settings): FastQueueAddress {
  return {
    redisUrl: settings.queueRedisUrl ?? settings.redisUrl,
    name: FAST_QUEUE_NAME,
    prefix: queuePrefix(settings.namespace),
  };
}

/**
 * Connects to both sides. Everything the replay takes from sync-core passes through this file.
 * @throws UsageError when one of them does not answer, or holds data of another layout
 */
export async function openSyncStores(settings: Settings) {
  // What goes wrong arrives as an error; log lines would only tear the progress display.
  const stores = await connectStores(settings, pino({ level: 'silent' })).catch((error: unknown) => {
    throw new UsageError(`Redis or MongoDB can't be used: ${reasonOf(error)}`);
  });
  return {
    /** How long the shadow of a deleted or expired pair is kept, in milliseconds. */
    purgeGraceMs: settings.purgeGraceMs,
    async backlog(): Promise<BacklogCounts> {
      // In this order: an entry leaves the journal only when an event or a shadow holds its mutation, so that
      // with the load at rest nothing can slip from what was not looked at yet into what was.
      const journal = await stores.journal.totalLength();
      return { journal, events: await stores.outbox.countUnprocessed(MOST_EVENTS_COUNTED) };
    },
    /** Events given up; counted up to a thousand. */
    deadLetters: () => stores.outbox.countDead(MOST_DEAD_COUNTED),
    /**
     * Compares the whole cache with all shadows. `onProgress` is told how many keys were looked at so far; `patienceMs`: how
     * long what is on its way is waited for, 30 s unless given.
     */
    async compare(onProgress: (compared: number) => void, patienceMs?: number): Promise<Comparison> {
      const report = await verify(stores, {
        samples: MOST_DIFFERENCES,
        patienceMs,
        onProgress: ({ shadows }) => onProgress(shadows),
      });
      if (!report.complete) throw new Error(`cache and shadows can't be compared: ${report.storeAway}`);
      return {
        compared: report.keys + report.tombstones,
        differing: report.differing + report.undecided,
        differences: report.samples,
      };
    },
    /** The pairs of these keys, in their order. */
    pairs: (keys: readonly string[]): Promise<readonly (StoredPair | undefined)[]> =>
      stores.cache.getMany(keys),
    /** The shadows of these keys, in their order, tombstones and expired ones included. */
    async shadows(keys: readonly string[]): Promise<(StoredShadow | undefined)[]> {
      const byKey = new Map((await stores.shadows.findMany(keys)).map((shadow) => [shadow._id, shadow]));
      return keys.map((key) => {
        const shadow = byKey.get(key);
        return shadow && { version: Number(shadow.version), value: shadow.lastValue };
      });
    },
    stop: () => stores.stop(),
  };
}
