import type { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import { Cache } from '../cache/cache.js';
import { CacheRestorer } from '../cache/cache-restorer.js';
import { ForeignRecords } from '../cache/foreign-records.js';
import { Journal } from '../cache/journal.js';
import { KeyJournal } from '../cache/key-journal.js';
import { CacheKeys } from '../cache/keys.js';
import { LayoutStore } from '../cache/layout.js';
import { ReplicaWait } from '../cache/replica-wait.js';
import type { SettingsReader } from '../config/live-settings.js';
import type { Settings } from '../config/settings.js';
import { Ownership } from '../deployment/ownership.js';
import { PodRoster } from '../deployment/pod-roster.js';
import { QuestionBox } from '../deployment/question-box.js';
import { SettingsStore } from '../deployment/settings-store.js';
import { SharedSecret } from '../deployment/shared-secret.js';
import type { Metrics } from '../metrics/metrics.js';
import { DrainMarker } from '../projection/drain-marker.js';
import { ProjectionCounts } from '../projection/projection-counts.js';
import { SlotLease } from '../projection/slot-lease.js';
import { onlyWhen, Proof } from '../proof.js';
import { CheckStore } from '../reconcile/check-state.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { connectCache, connected } from '../redis/connect-redis.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { DeadLetters } from '../store/dead-letters.js';
import type { KeyEvents } from '../store/key-events.js';
import { MongoStore } from '../store/mongo-store.js';
import type { Outbox } from '../store/outbox.js';
import type { ShadowStore } from '../store/shadow-store.js';

/** Both sides, connected: what a pod, a projector and every tool reads and writes. */
export interface Stores {
  readonly redis: CacheConnection;
  readonly mongo: MongoStore;
  /** Whether both sides are known to be this deployment's. */
  readonly proof: Proof;
  readonly ownership: Ownership;
  readonly layout: LayoutStore;
  readonly cache: Cache;
  readonly journal: Journal;
  readonly restorer: CacheRestorer;
  readonly check: CheckStore;
  readonly marker: DrainMarker;
  readonly projected: ProjectionCounts;
  /** What is set at run time. */
  readonly settingsStore: SettingsStore;
  /** What one pod signs and another verifies. */
  readonly secret: SharedSecret;
  /** Where what one pod has asked a client finds its answer. */
  readonly questions: QuestionBox;
  readonly roster: PodRoster;
  readonly projectorRoster: PodRoster;
  /** The leases of the slots that a process drains; `holder`: its name, unlike any other's. */
  slotLease(holder: string): SlotLease;
  /**
   * What a write waits for that only the journal holds, with a connection that its caller closes; undefined for nothing. Only
   * who writes has one.
   */
  replicaWait(): ReplicaWait | undefined;
  readonly shadows: ShadowStore;
  readonly outbox: Outbox;
  readonly deadLetters: DeadLetters;
  readonly keyEvents: KeyEvents;
  readonly keyJournal: KeyJournal;
  /** Closes the connections. */
  stop(): Promise<void>;
}

/** What stores may be given. */
export interface StoreOptions {
  /** Where calls are measured; they aren't unless given. */
  readonly metrics?: Metrics | undefined;
  /** A client of the application, which is used and not closed. */
  readonly ownMongo?: MongoClient | undefined;
}

/** Opens the stores. Connections come up in the background: a call fails, within its deadline, while one is away. */
export function openStores(
  live: SettingsReader,
  role: string,
  log: Logger,
  { metrics, ownMongo }: StoreOptions = {},
): Stores {
  const settings = live.current;
  const { namespace, slots, redisTimeoutMs, journalWaitReplicas, journalWaitTimeoutMs } = settings;
  const connect = (name: string, deadlineMs: number) =>
    connectCache(settings.redisUrl, { role: name, log, deadlineMs });
  const redis = connect(role, redisTimeoutMs);
  const keys = new CacheKeys(namespace, slots);
  const proof = new Proof();
  const measured = metrics?.counting ? metrics : undefined;
  const foreign = new ForeignRecords(log, metrics);
  const mongo = new MongoStore(settings, role, {
    retry: () => live.current,
    proof,
    metrics: measured,
    own: ownMongo,
  });
  const pairs = onlyWhen(() => proof.forbidRefused(), redis);
  const layout = new LayoutStore(redis, keys);
  const rosterOf = (roster: string) =>
    new PodRoster(redis, { roster, pods: keys.pods(), lookout: keys.lookout(), seen: keys.seen() });
  const stores: Stores = {
    redis,
    mongo,
    proof,
    ownership: new Ownership({
      layout,
      mongo,
      namespace,
      slots,
      proof,
      log,
      remade: ({ index }) => metrics?.indexRemade(index),
    }),
    layout,
    cache: new Cache(pairs, keys, () => live.current, foreign, redisCalls('cache', measured)),
    journal: new Journal(redis, keys, foreign, redisCalls('journal', measured)),
    restorer: new CacheRestorer(pairs, keys),
    check: new CheckStore(redis, keys),
    marker: new DrainMarker(redis, keys, log, redisCalls('marker', measured)),
    projected: new ProjectionCounts(redis, keys),
    slotLease: (holder: string) => new SlotLease(redis, keys, holder, log),
    replicaWait: () =>
      journalWaitReplicas === 0
        ? undefined
        : new ReplicaWait({
            redis: connect(`${role}-replicas`, journalWaitTimeoutMs + redisTimeoutMs),
            writes: redis,
            keys,
            replicas: journalWaitReplicas,
            timeoutMs: journalWaitTimeoutMs,
          }),
    settingsStore: new SettingsStore(redis, keys),
    secret: new SharedSecret(redis, keys),
    questions: new QuestionBox(redis, keys),
    roster: rosterOf(keys.pods()),
    projectorRoster: rosterOf(keys.projectors()),
    shadows: mongo.shadows,
    outbox: mongo.outbox,
    deadLetters: mongo.deadLetters,
    keyEvents: mongo.keyEvents,
    keyJournal: new KeyJournal(redis, keys, redisCalls('keyJournal', measured)),
    async stop() {
      const looked = stores.ownership.stop();
      redis.disconnect();
      await mongo.stop();
      await looked;
    },
  };
  if (mongo.overridden.length > 0) {
    const options = mongo.overridden.join(', ');
    log.warn(
      { options },
      `MONGODB_URL has options that have no effect, since the service decides them: ${options}`,
    );
  }
  redis.on('ready', () => stores.ownership.lookNow());
  metrics?.show('storesRefused', () => Number(proof.refused));
  return stores;
}

/**
 * Opens the stores, and waits until both sides answer and are proven to be of one deployment; for tools.
 * @throws PermanentError when they aren't, and an error when one does not answer within its deadline
 */
export async function connectStores(settings: Settings, log: Logger): Promise<Stores> {
  const stores = openStores({ current: settings }, 'tool', log);
  try {
    await connected(stores.redis);
    await stores.ownership.prove(false);
    return stores;
  } catch (error) {
    await stores.stop();
    throw error;
  }
}
