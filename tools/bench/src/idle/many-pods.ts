import { setTimeout as delay } from 'node:timers/promises';
import { beatMs, CacheKeys, Heartbeat, PodRoster, SCRIPTS, type ScriptedRedis } from '@hybrid-sync/sync-core';
import { OwnedParts } from '@hybrid-sync/trials';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import type { Measuring } from '../measure/measuring.js';
import type { StoreUrls } from '../system/bench-system.js';
import { envOf, settingsOf } from '../system/store-settings.js';
import { RedisWatch } from './redis-watch.js';

/** How long all hearts have to come into their pace, at most, in milliseconds. */
const QUIET_MS = 6000;
/** The same where less is measured, in measured times. */
const QUIET_SHARE = 4;
/** Hearts that are opened at once. */
const AT_ONCE = 50;

/** What the hearts of many pods cost Redis. */
export interface ManyPodsCost {
  readonly pods: number;
  /** Whether the pods have something to do. */
  readonly busy: boolean;
  /** How often they beat, all together, in a second. */
  readonly beats: number;
  /** Share of a processor that Redis uses for them, beyond what one real pod costs. */
  readonly redisProcessor: number;
}

/** Starts one pod, which looks out for all, then lets many more speak, each on a connection of its own, and asks Redis. */
export async function measureManyPods(
  { system, options: { seconds }, signal }: Measuring,
  pods: number,
): Promise<ManyPodsCost[]> {
  const costs: ManyPodsCost[] = [];
  for (const busy of [false, true]) {
    await using owned = new OwnedParts();
    const urls = system.stores('many-pods');
    const watch = owned.own(new RedisWatch(urls.redisUrl, urls.namespace));
    owned.own(await system.startApp('api', envOf(urls)));
    const used = async () => {
      await delay(Math.min(QUIET_MS, QUIET_SHARE * seconds * 1000), undefined, { signal });
      const before = await watch.usedSeconds();
      await delay(seconds * 1000, undefined, { signal });
      return ((await watch.usedSeconds()) - before) / seconds;
    };
    const alone = await used();
    let beats = 0;
    for (let from = 0; from < pods; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, pods - from) }, (_, at) =>
        openHeart(urls, { id: `pod-${from + at}`, busy, pods, onBeat: () => beats++ }),
      );
      for (const stop of await Promise.all(some)) owned.add(stop);
    }
    const startedAt = performance.now();
    beats = 0;
    const together = await used();
    costs.push({
      pods,
      busy,
      beats: beats / ((performance.now() - startedAt) / 1000),
      redisProcessor: together - alone,
    });
  }
  return costs;
}

interface Heart {
  readonly id: string;
  readonly busy: boolean;
  readonly pods: number;
  readonly onBeat: () => void;
}

/** A heart that beats as that of a pod among so many. @returns what stops it */
async function openHeart(urls: StoreUrls, { id, busy, pods, onBeat }: Heart): Promise<() => Promise<void>> {
  const { loadSampleMs, slots, namespace } = settingsOf(urls);
  const redis = new Redis(urls.redisUrl, { connectionName: 'bench', lazyConnect: true, scripts: SCRIPTS });
  await redis.connect();
  const keys = new CacheKeys(namespace, slots);
  const heart = new Heartbeat({
    id,
    word: () => ({
      activeThreads: busy ? 1 : 0,
      maxThreads: 10,
      circuitBreakers: { fast: 'closed', outbox: 'closed' },
      idle: !busy,
    }),
    // ioredis has made the scripts into commands.
    roster: new PodRoster(
      { at: () => redis as unknown as ScriptedRedis },
      { roster: keys.pods(), pods: keys.pods(), lookout: keys.lookout(), seen: keys.seen() },
    ),
    pace: () => {
      const intervalMs = beatMs({ loadSampleMs, idle: !busy, pods });
      return { intervalMs, forgetAfterMs: 4 * intervalMs };
    },
    mayLookOut: () => false,
    heard: async () => onBeat(),
    missed: () => undefined,
    log: pino({ level: 'silent' }),
  });
  heart.start();
  return async () => {
    await heart.stop();
    redis.disconnect();
  };
}
