import type { Logger } from 'pino';
import type { LoadedSettings } from '../config/checked-settings.js';
import { LiveSettings } from '../config/live-settings.js';
import { SETTINGS } from '../config/settings.js';
import { withoutCredentials } from '../config/without-credentials.js';
import { DeploymentSettings } from '../deployment/deployment-settings.js';
import type { FastQueue } from '../fast-path/fast-queue.js';
import type { Metrics } from '../metrics/metrics.js';
import type { ShadowWriter } from '../mutation.js';
import type { PermanentError } from '../permanent-errors.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import { connected } from '../redis/connect-redis.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import type { UnsafeSetting } from '../redis/redis-safety.js';
import type { Part } from './life-cycle.js';
import { openQueueConnections, type QueueConnections, untilUnfit } from './queue-connections.js';
import { watchSafety } from './safety-watch.js';
import { untilReachable } from './start-up.js';
import { openStores, type StoreOptions, type Stores } from './stores.js';

/** What the parts of a pod and of a projector are made of: settings, stores and connections, opened in the background. */
export class Foundation {
  readonly live: LiveSettings;
  readonly stores: Stores;
  readonly queues: QueueConnections;
  /** What is set at run time, which this process follows. */
  readonly deployment: DeploymentSettings;
  /** Resolves, with why, when Redis turns out to be one that no waiting makes fit, such as a Redis Cluster. */
  readonly broken: Promise<PermanentError>;
  /** Settings of Redis that were found to be unsafe. */
  readonly unsafe: () => readonly UnsafeSetting[];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly #connections: readonly [CacheConnection, RedisConnection];

  constructor(
    loaded: LoadedSettings,
    role: 'api' | 'projector',
    log: Logger,
    options: StoreOptions & { readonly metrics: Metrics },
  ) {
    const { metrics } = options;
    const live = new LiveSettings(loaded);
    live.onChange(({ names }) => metrics.settingsChanged(names.map((name) => SETTINGS[name].yaml)));
    this.live = live;
    this.metrics = metrics;
    this.log = log;
    this.stores = openStores(live, role, log, options);
    this.deployment = new DeploymentSettings(live, this.stores.settingsStore, role, log);
    this.queues = openQueueConnections(live.current, role, log);
    this.#connections = [this.stores.redis, this.queues.requests];
    this.broken = untilUnfit(this.#connections);
    this.unsafe = watchSafety(this.#connections, log);
  }

  /** What is open from the beginning, and so closes last. */
  get opened(): readonly Part[] {
    return [
      { name: 'stores', stop: () => this.stores.stop() },
      { name: 'connections to the queues', stop: () => this.queues.stop() },
    ];
  }

  /**
   * Resolves when Redis can be used, what is set at run time is followed and `step` has succeeded, too.
   * @throws PermanentError when Redis holds what is not this deployment's, or why it ended when `stopping` aborts
   */
  async reachRedis(stopping: AbortSignal, step: () => Promise<void> = async () => {}): Promise<void> {
    const where = withoutCredentials(this.live.current.redisUrl);
    const reached = async () => {
      await Promise.all(this.#connections.map((redis) => connected(redis, stopping)));
      await this.stores.ownership.checkRedis();
      await this.deployment.look();
      await step();
    };
    await untilReachable({ name: 'Redis', where }, reached, stopping, this.log);
  }

  /**
   * Resolves when both stores are proven to be this deployment's.
   * @throws PermanentError when they aren't, or why it ended when `stopping` aborts
   */
  async reachMongodb(stopping: AbortSignal): Promise<void> {
    const where = withoutCredentials(this.live.current.mongodbUrl);
    const proven = () => this.stores.ownership.prove();
    await untilReachable({ name: 'MongoDB', where }, proven, stopping, this.log);
  }
}

/** What a pod's parts are made of, once Redis was reached; the connections stay their owner's. */
export interface PodFoundation extends Pick<Foundation, 'live' | 'stores' | 'queues' | 'metrics' | 'log'> {
  readonly fastQueue: FastQueue;
  /** Where the fast worker brings mutations. */
  readonly shadowWriter: ShadowWriter;
}
