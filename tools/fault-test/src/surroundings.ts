import {
  type CacheConnection,
  CacheKeys,
  connectStores,
  PROJECTION_QUEUE_NAME,
  slotOf,
} from '@hybrid-sync/sync-core';
import {
  FastPathOutage,
  fastQueueOf,
  type OwnedParts,
  openSyncStores,
  type Profile,
  type ProgramSurroundings,
  randomStream,
  type SyncStores,
  settingsFor,
  systemClock,
  ValueMaker,
} from '@hybrid-sync/trials';
import { pino } from 'pino';
import { MAX_IN_FLIGHT } from './load/drive-load.js';
import { FaultTraffic } from './load/fault-traffic.js';
import { PodPair } from './load/pod-pair.js';
import type { WriteRecord } from './load/write-record.js';
import { BareRedis } from './measure/bare-redis.js';
import { ProbeSampler } from './measure/probe-sampler.js';
import { ConditionalClients } from './registers/conditional-clients.js';
import type { Deployment } from './system/deployment.js';

/** Longest wait of one call over HTTP, in milliseconds: longer than any freeze. */
const CALL_TIMEOUT_MS = 15_000;
/** Time between two bare writes to Redis, in milliseconds. */
const BARE_EVERY_MS = 20;
/** What a run has before its rounds are made ready. */
interface Given extends ProgramSurroundings {
  readonly seed: string;
  readonly profile: Profile;
  readonly deployment: Deployment;
  /** Processes that ended by themselves, as sentences; emptied by each round. */
  readonly exits: string[];
}

/** What a round works with; all of it stays the caller's. */
export type RoundSurroundings = Awaited<ReturnType<typeof openSurroundings>>;

/** Opens what the rounds work with; `owned` closes it again. */
export async function openSurroundings(given: Given, owned: OwnedParts) {
  const { seed, profile, deployment } = given;
  const { redis, mongodbUrl } = deployment;
  const clock = systemClock;
  const settings = settingsFor({ redisUrl: redis.ownUrl, queueRedisUrl: undefined, mongodbUrl }, {});
  /** For the faults. */
  const stores = owned.own(await connectStores(settings, pino({ level: 'silent' })));
  /** For the checks. */
  const checked: SyncStores = owned.own(await openSyncStores(settings));
  /** Pauses the queue of this name, else the fast one. */
  const pauses = async (of = {}) =>
    owned.own(await FastPathOutage.open({ ...fastQueueOf(settings), ...of }, 'fault test'));
  /** The fast queue, to be paused where a backlog is needed. */
  const fastPath = await pauses();
  /** The projection queue, to be paused. */
  const projection = await pauses({ name: PROJECTION_QUEUE_NAME });
  const { waitReplicas, pods: apis, projectors } = deployment;
  /** A second writer, whose writes tell whether Redis itself lost what it had acknowledged. */
  const bare = owned.own(new BareRedis(redis.ownUrl, Math.round(profile.valueBytes), clock, waitReplicas));
  await bare.connect();
  bare.start(BARE_EVERY_MS);
  const urls = [apis[0].url, apis[1].url] as const;
  const pods = new PodPair({ urls, maxConnections: MAX_IN_FLIGHT, timeoutMs: CALL_TIMEOUT_MS });
  owned.add(async () => pods.close());
  const values = new ValueMaker(seed);
  const keys = new CacheKeys(settings.namespace, settings.slots);
  /** The time by which the pair of a key expires, in milliseconds since 1970. */
  const now = (key: string) =>
    Date.now() + redis.aheadMs(portOf(stores.redis, keys.clock(slotOf(key, settings.slots))));
  // A sweep finds it when it has become overdue.
  const overdueMs = settings.recoverAfterMs + settings.projectorSweepMs;
  const probes = owned.own(new ProbeSampler({ pods: apis, projectors, stores, overdueMs, clock }));
  probes.start();
  const random = randomStream(seed, 'conditional writes');
  const registers = owned.own(new ConditionalClients({ urls, timeoutMs: CALL_TIMEOUT_MS, random, clock }));
  const onWrite = (write: WriteRecord) => probes.wrote(write);
  const traffic = new FaultTraffic({ pods, registers, values, clock, now, onWrite });
  return {
    ...given,
    ...{ settings, stores, checked, fastPath, projection, bare, pods, values, now, probes, registers },
    traffic,
    clock,
  };
}

/** The port of the server that has a key; undefined while none is known to. */
function portOf(redis: CacheConnection, key: string): number | undefined {
  try {
    return redis.at(key).options.port;
  } catch {
    return undefined;
  }
}
