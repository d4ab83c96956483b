import type { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import type { LoadedSettings } from '../config/checked-settings.js';
import type { LiveSettings } from '../config/live-settings.js';
import type { Settings } from '../config/settings.js';
import { withoutCredentials } from '../config/without-credentials.js';
import type { DeploymentSettings } from '../deployment/deployment-settings.js';
import { NotReadyError } from '../errors.js';
import { FastQueue } from '../fast-path/fast-queue.js';
import { Metrics } from '../metrics/metrics.js';
import type { ShadowWriter } from '../mutation.js';
import type { PermanentError } from '../permanent-errors.js';
import { ShadowWaits } from '../store/shadow-waits.js';
import { Foundation } from './foundation.js';
import { background, LifeCycle, type Part } from './life-cycle.js';
import { showPodGauges } from './pod-gauges.js';
import { assemble, lifeOf, type RunningPod } from './pod-parts.js';
import { failingReason, type Readiness, readinessOf } from './readiness.js';
import { wordOf } from './start-up.js';
import type { Stores } from './stores.js';

/** Parts of a pod that its owner may replace. */
export interface PodParts {
  /** Where the fast worker brings mutations; the shadow store unless given. Benchmarks give one that does nothing. */
  readonly shadowWriter?: ShadowWriter | undefined;
  /** Where the pod counts; metrics of its own unless given. Benchmarks give some that count nothing. */
  readonly metrics?: Metrics | undefined;
  /** A client of the application, which is used and not closed; one of the pod's own unless given. */
  readonly mongo?: MongoClient | undefined;
}

/**
 * One api pod: the service with its connections, its fast worker and its load monitor. Its life:
 *
 *   new ─▶ starting: looks for Redis ─▶ serving, not ready: looks for MongoDB ─▶ ready ─▶ stopping ─▶ stopped
 *                                                                 refused: not ready ◀─┘ (the stores are someone else's)
 *
 * Writes are served from the second state on, since with MongoDB gone they are journaled.
 */
export class Pod {
  readonly stores: Stores;
  /** Callers that wait for shadows. */
  readonly waits: ShadowWaits;
  readonly metrics: Metrics;
  readonly live: LiveSettings;
  /** What is set at run time, which this pod follows. */
  readonly deployment: DeploymentSettings;
  /** Resolves, with why, when Redis turns out to be one that no waiting makes fit, such as a Redis Cluster. */
  readonly broken: Promise<PermanentError>;
  readonly #foundation: Foundation;
  readonly #shadowWriter: ShadowWriter;
  readonly #life: LifeCycle;
  #fastQueue: FastQueue | undefined;
  #running: RunningPod | undefined;
  #proving: Promise<void> | undefined;
  #proven = false;

  constructor(loaded: LoadedSettings, log: Logger, { shadowWriter, metrics, mongo }: PodParts = {}) {
    this.metrics = metrics ?? new Metrics('api');
    const foundation = new Foundation(loaded, 'api', log, { metrics: this.metrics, ownMongo: mongo });
    this.#foundation = foundation;
    this.live = foundation.live;
    this.stores = foundation.stores;
    this.deployment = foundation.deployment;
    this.broken = foundation.broken;
    this.waits = new ShadowWaits(this.stores.shadows);
    this.#shadowWriter = shadowWriter ?? this.stores.shadows;
    this.#life = new LifeCycle(
      [
        ...foundation.opened,
        { name: 'fast queue', start: () => this.#openFastQueue(), stop: () => this.#fastQueue?.stop() },
        background('settings of the deployment', foundation.deployment),
        { name: 'data', start: () => this.#lookAtData() },
        () => this.#makeParts(),
        { name: 'waits for shadows', stop: () => this.waits.stop() },
      ],
      log,
    );
    this.live.onChange((change) => this.#life.settingsChanged(change));
  }

  /** Where the pod's process logs. */
  get log(): Logger {
    return this.#foundation.log;
  }

  /** The settings in force now. */
  get settings(): Settings {
    return this.live.current;
  }

  /** Whether Redis was reached, so that there are running parts. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The running parts. @throws NotReadyError before Redis was reached */
  get running(): RunningPod {
    if (this.#running === undefined) {
      throw new NotReadyError(
        `starting: Redis at ${withoutCredentials(this.settings.redisUrl)} was not reached yet`,
      );
    }
    return this.#running;
  }

  /** Whether the pod may be sent traffic, and what it waits for. */
  readiness(): Readiness {
    return readinessOf(this.#foundation, {
      stopping: this.#life.ending,
      redisUp: this.#running !== undefined && this.stores.redis.standing.ok,
      proven: this.#proven,
      failing: failingReason('WRITES_FAIL', this.#running?.writeHealth.failing()),
      paused: this.#running?.pauses.paused ?? [],
      notDrained: this.#running?.backlog.notDrained ?? [],
    });
  }

  /**
   * Resolves when the pod is ready, however long its services take; serves writes before that.
   * @throws PermanentError when Redis or MongoDB holds what is not this deployment's; {@link stop} has to follow
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Aborts when the pod begins to stop: long tasks then hand back how far they came. */
  get stopping(): AbortSignal {
    return this.#life.stopping;
  }

  /** Says that a stop will follow: not ready from now on, and everything is served as before. */
  announceStop(): void {
    this.#life.announceStop();
  }

  /** Says that a stop is to come: no more traffic is wanted, and what would keep it waiting ends now. */
  beginStop(): void {
    this.#life.beginStop();
    this.waits.stop();
  }

  /** Finishes what is under way and closes everything, once; call when no new write arrives. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #openFastQueue(): Promise<void> {
    const { queues, log } = this.#foundation;
    await this.#foundation.reachRedis(this.stopping, async () => {
      const { namespace } = this.settings;
      this.#fastQueue ??= await FastQueue.open(queues.requests, queues.background, namespace, log);
    });
  }

  /** With MongoDB away writes are served, and journaled, but not onto data of another layout. */
  async #lookAtData(): Promise<void> {
    this.#proving = this.#foundation.reachMongodb(this.stopping);
    if (!(await wordOf(this.#proving))) await this.stores.layout.check();
  }

  #makeParts(): readonly Part[] {
    const { live, metrics, stores, queues, log, unsafe } = this.#foundation;
    if (this.#fastQueue === undefined) throw new NotReadyError('the fast queue is not open');
    const shadowWriter = this.#shadowWriter;
    const podFoundation = { live, metrics, stores, queues, log, shadowWriter, fastQueue: this.#fastQueue };
    const running = assemble(podFoundation);
    this.#running = running;
    showPodGauges(metrics, { running, live, unsafe: () => unsafe().length });
    return lifeOf(running, podFoundation, async () => {
      await this.#proving;
      this.#proven = true;
    });
  }
}
