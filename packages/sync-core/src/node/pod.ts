import type { Logger } from 'pino';
import { connected } from '../cache/redis-connection.js';
import type { UnsafeSetting } from '../cache/redis-safety.js';
import { LiveSettings } from '../config/live-settings.js';
import type { LoadedSettings } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { withoutCredentials } from '../config/without-credentials.js';
import { DeploymentSettings } from '../deployment/deployment-settings.js';
import { NotReadyError, type PermanentError } from '../errors.js';
import { FastQueue } from '../fast-path/fast-queue.js';
import { Metrics } from '../metrics/metrics.js';
import type { ShadowWriter } from '../mutation.js';
import { ShadowWaits } from '../store/shadow-waits.js';
import { showPodGauges } from './pod-gauges.js';
import { applyChange, assemble, type RunningPod } from './pod-parts.js';
import { openQueueConnections, type QueueConnections, untilUnfit } from './queue-connections.js';
import {
  failingReason,
  ownershipReason,
  type Readiness,
  redisReasons,
  standingReasons,
} from './readiness.js';
import { watchSafety } from './safety-watch.js';
import { untilReachable, wordOf } from './start-up.js';
import { stopStep } from './stop-step.js';
import { openStores, type Stores } from './stores.js';

/** Parts of a pod that its owner may replace. */
export interface PodParts {
  /** Where the fast worker brings mutations; the shadow store unless given. Benchmarks give one that does nothing. */
  readonly shadowWriter?: ShadowWriter | undefined;
  /** Where the pod counts; metrics of its own unless given. Benchmarks give some that count nothing. */
  readonly metrics?: Metrics | undefined;
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
  readonly #log: Logger;
  readonly #shadowWriter: ShadowWriter;
  readonly #queues: QueueConnections;
  readonly #stopping = new AbortController();
  #running: RunningPod | undefined;
  #stopped: Promise<void> | undefined;
  #indexed = false;
  readonly #unsafe: () => readonly UnsafeSetting[];

  constructor(loaded: LoadedSettings, log: Logger, { shadowWriter, metrics }: PodParts = {}) {
    const { settings } = loaded;
    this.metrics = metrics ?? new Metrics('api');
    this.live = new LiveSettings(loaded);
    this.live.onChange(({ names }) => this.metrics.settingsChanged(names.map((name) => SETTINGS[name].yaml)));
    this.#log = log;
    this.stores = openStores(this.live, 'api', log, this.metrics);
    this.deployment = new DeploymentSettings(this.live, this.stores.settingsStore, 'api', log);
    this.waits = new ShadowWaits(this.stores.shadows);
    this.#shadowWriter = shadowWriter ?? this.stores.shadows;
    this.#queues = openQueueConnections(settings, 'api', log);
    this.broken = untilUnfit([this.stores.redis, this.#queues.requests]);
    this.#unsafe = watchSafety([this.stores.redis, this.#queues.requests], log);
  }

  /** The settings in force now. */
  get settings(): Settings {
    return this.live.current;
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
    const redisUp = this.#running !== undefined && this.stores.redis.standing.ok;
    const { proof } = this.stores;
    const reasons = [
      ...redisReasons(redisUp, this.stores.redis),
      ...standingReasons({
        STOPPING: this.#stopping.signal.aborted,
        MONGODB_UNREACHABLE: !this.#indexed && proof.against === undefined,
      }),
      ...ownershipReason(proof, this.#indexed),
      ...failingReason('WRITES_FAIL', this.#running?.writeHealth.failing()),
    ];
    return {
      ready: reasons.length === 0,
      reasons,
      checks: {
        redis: { ok: redisUp, where: withoutCredentials(this.settings.redisUrl) },
        mongodb: { ok: this.#indexed, where: withoutCredentials(this.settings.mongodbUrl) },
      },
      paused: this.#running?.pauses.paused ?? [],
      unsafe: this.#unsafe(),
    };
  }

  /**
   * Resolves when the pod is ready, however long its services take; serves writes before that.
   * @throws PermanentError when Redis or MongoDB holds what is not this deployment's
   */
  async start(): Promise<void> {
    const { settings } = this;
    const { redisUrl, mongodbUrl } = settings;
    const signal = this.#stopping.signal;
    let fastQueue: FastQueue | undefined;
    await untilReachable(
      'Redis',
      withoutCredentials(redisUrl),
      async () => {
        await Promise.all(
          [this.stores.redis, this.#queues.requests].map((redis) => connected(redis, signal)),
        );
        await this.stores.ownership.checkRedis();
        await this.deployment.look();
        fastQueue ??= await FastQueue.open(
          this.#queues.requests,
          this.#queues.background,
          this.settings.namespace,
          this.#log,
        );
      },
      signal,
      this.#log,
    );
    if (fastQueue === undefined) return;
    const proven = untilReachable(
      'MongoDB',
      withoutCredentials(mongodbUrl),
      () => this.stores.ownership.prove(),
      signal,
      this.#log,
    );
    try {
      if (!(await wordOf(proven))) await this.stores.layout.check();
    } catch (error) {
      await fastQueue.stop();
      throw error;
    }
    // Checked with nothing to wait for after it: parts put together once the pod has stopped would never end.
    if (signal.aborted) return fastQueue.stop();
    const running = assemble({
      live: this.live,
      stores: this.stores,
      fastQueue,
      shadowWriter: this.#shadowWriter,
      requests: this.#queues.requests,
      background: this.#queues.background,
      metrics: this.metrics,
      log: this.#log,
    });
    this.#running = running;
    this.live.onChange((change) => applyChange(running, change));
    this.deployment.start();
    showPodGauges(this.metrics, { running, live: this.live, unsafe: () => this.#unsafe().length });
    running.heartbeat.start();
    running.load.start();
    running.history.start();
    running.backlog.start();
    running.writeProbe.start();
    running.pauses.start();
    running.projectors.start();
    await proven;
    this.#indexed = true;
    if (signal.aborted) return;
    running.fastWorker.start();
    this.stores.ownership.start();
    running.check.start();
  }

  /** Aborts when the pod begins to stop: long tasks then hand back how far they came. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Says that a stop is to come: no more traffic is wanted, and what would keep it waiting ends now. */
  beginStop(): void {
    this.#stopping.abort();
    this.waits.stop();
  }

  /** Finishes what is under way and closes everything, once; call when no new write arrives. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.beginStop();
    const running = this.#running;
    let sampled: Promise<unknown> = Promise.resolve();
    if (running !== undefined) {
      const { sync, load, heartbeat, history, check, backlog, fastBatcher, outboxBatcher } = running;
      const { fastQueue, fastWorker, acker, projectionQueue, writeProbe, pauses, projectors } = running;
      const log = this.#log;
      const queuesAway = this.#queues.background.status !== 'ready';
      if (queuesAway) fastQueue.giveUp();
      sampled = Promise.all([
        load.stop(),
        check.stop(),
        history.stop(),
        backlog.stop(),
        writeProbe.stop(),
        pauses.stop(),
        projectors.stop(),
      ]);
      await stopStep('writes under way', sync.idle(), log);
      const drained = Promise.all([fastBatcher.drained(), outboxBatcher.drained()]);
      await stopStep('batches under way', drained, log);
      fastQueue.giveUp();
      await stopStep(
        'jobs in hand and acknowledgements',
        Promise.all([fastWorker.stop(queuesAway), acker.stop()]),
        log,
      );
      const ended = [fastQueue.stop(), projectionQueue.stop(), heartbeat.stop()];
      await stopStep('queues and roster', Promise.all(ended), log);
    }
    this.#queues.stop();
    // Samples of load and history only read: with MongoDB away they would keep the stop waiting, and closing the
    // connection ends them.
    const followed = this.deployment.stop();
    await stopStep('connections', Promise.all([this.stores.stop(), sampled, followed]), this.#log);
  }
}
