import type { Logger } from 'pino';
import { connected } from '../cache/redis-connection.js';
import type { UnsafeSetting } from '../cache/redis-safety.js';
import { LiveSettings, type SettingsChange } from '../config/live-settings.js';
import type { LoadedSettings } from '../config/load-settings.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { withoutCredentials } from '../config/without-credentials.js';
import { DrainHealth } from '../control/drain-health.js';
import { DeploymentSettings } from '../deployment/deployment-settings.js';
import { Heartbeat } from '../deployment/heartbeat.js';
import { processName } from '../deployment/process-name.js';
import { type ProjectorWord, projectorWord } from '../deployment/projector-word.js';
import type { PermanentError } from '../errors.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { JobReader } from '../fast-path/job-layout.js';
import { Metrics } from '../metrics/metrics.js';
import { ProgressReporter } from '../projection/progress-reporter.js';
import { ProjectionQueue, ProjectionWorker } from '../projection/projection-queue.js';
import { Projector } from '../projection/projector.js';
import { slotJob } from '../projection/slot-job.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { observed } from '../tracing/observed-shadows.js';
import { Backlog } from '../watch/backlog.js';
import { QueuePauses } from '../watch/queue-pauses.js';
import { openQueueConnections, type QueueConnections, untilUnfit } from './queue-connections.js';
import {
  failingReason,
  ownershipReason,
  type Readiness,
  redisReasons,
  standingReasons,
} from './readiness.js';
import { watchSafety } from './safety-watch.js';
import { PROJECTOR_HEARTBEAT, projectorPace } from './settings-views.js';
import { untilReachable } from './start-up.js';
import { stopStep } from './stop-step.js';
import { openStores, type Stores } from './stores.js';

/** One projector process: the projector with its connections. */
export class ProjectorNode {
  readonly stores: Stores;
  readonly metrics = new Metrics('projector');
  readonly live: LiveSettings;
  /** What is set at run time, which this projector follows. */
  readonly deployment: DeploymentSettings;
  /** Resolves, with why, when Redis turns out to be one that no waiting makes fit, such as a Redis Cluster. */
  readonly broken: Promise<PermanentError>;
  readonly #log: Logger;
  readonly #queues: QueueConnections;
  readonly #unsafe: () => readonly UnsafeSetting[];
  readonly #stopping = new AbortController();
  readonly #health = new DrainHealth();
  #queue: ProjectionQueue | undefined;
  #projector: Projector | undefined;
  #reporter: ProgressReporter | undefined;
  #backlog: Backlog | undefined;
  #heartbeat: Heartbeat<ProjectorWord> | undefined;
  #pauses: QueuePauses | undefined;
  #stopped: Promise<void> | undefined;

  constructor(loaded: LoadedSettings, log: Logger) {
    const { settings } = loaded;
    this.live = new LiveSettings(loaded);
    this.#log = log;
    this.stores = openStores(this.live, 'projector', log, this.metrics);
    this.live.onChange(({ names }) => this.metrics.settingsChanged(names.map((name) => SETTINGS[name].yaml)));
    this.deployment = new DeploymentSettings(this.live, this.stores.settingsStore, 'projector', log);
    this.#queues = openQueueConnections(settings, 'projector', log);
    this.broken = untilUnfit([this.stores.redis, this.#queues.requests]);
    this.#unsafe = watchSafety([this.stores.redis, this.#queues.requests], log);
  }

  /** The settings in force now. */
  get settings(): Settings {
    return this.live.current;
  }

  /** Whether the projector works, and what it waits for. */
  readiness(): Readiness {
    const started = this.#projector !== undefined;
    const redisUp = this.stores.redis.standing.ok;
    const { proof } = this.stores;
    const reasons = [
      ...redisReasons(redisUp, this.stores.redis),
      ...standingReasons({
        STOPPING: this.#stopping.signal.aborted,
        MONGODB_UNREACHABLE: !started && proof.against === undefined,
      }),
      ...ownershipReason(proof, started),
      ...failingReason('DRAINS_FAIL', this.#health.failing()),
    ];
    return {
      ready: reasons.length === 0,
      reasons,
      checks: {
        redis: { ok: redisUp, where: withoutCredentials(this.settings.redisUrl) },
        mongodb: { ok: started, where: withoutCredentials(this.settings.mongodbUrl) },
      },
      paused: this.#pauses?.paused ?? [],
      unsafe: this.#unsafe(),
    };
  }

  /**
   * Resolves when the projector works, however long its services take.
   * @throws PermanentError when Redis or MongoDB holds what is not this deployment's
   */
  async start(): Promise<void> {
    const { stores, settings, metrics } = this;
    const log = this.#log;
    const signal = this.#stopping.signal;
    const checkRedis = async () => {
      await Promise.all([stores.redis, this.#queues.requests].map((redis) => connected(redis, signal)));
      await stores.ownership.checkRedis();
      await this.deployment.look();
    };
    await untilReachable('Redis', withoutCredentials(settings.redisUrl), checkRedis, signal, log);
    await untilReachable(
      'MongoDB',
      withoutCredentials(settings.mongodbUrl),
      () => stores.ownership.prove(),
      signal,
      log,
    );
    if (signal.aborted) return;
    const prefix = queuePrefix(settings.namespace);
    this.#queue = new ProjectionQueue(this.#queues.requests, prefix, log);
    const jobs = new JobReader('projection', slotJob(settings.slots), metrics, log);
    const name = processName();
    const heartbeat = new Heartbeat<ProjectorWord>({
      id: name,
      word: () => this.#word(),
      schema: projectorWord,
      roster: stores.projectorRoster,
      pace: PROJECTOR_HEARTBEAT,
      log,
    });
    this.#heartbeat = heartbeat;
    const projector = new Projector({
      stores: {
        ...stores,
        shadows: observed<ShadowStore>(stores.shadows, settings.logWritesEvery, log),
        metrics,
        log,
      },
      slots: settings.slots,
      queue: this.#queue,
      lease: stores.slotLease(name),
      name,
      projectors: () => heartbeat.pods()?.map(({ id }) => id) ?? [],
      health: this.#health,
      openWorker: (drain) =>
        new ProjectionWorker(
          this.#queues.background,
          prefix,
          this.settings.projectorConcurrency,
          jobs,
          drain,
          log,
        ),
      pace: projectorPace(this.live),
      log,
    });
    this.#projector = projector;
    this.live.onChange((change) => applyChange(projector, change));
    this.deployment.start();
    heartbeat.start();
    this.#pauses = new QueuePauses({ projection: this.#queue }, log);
    this.#pauses.start();
    projector.start();
    stores.ownership.start();
    this.#reporter = new ProgressReporter(
      () => metrics.projectedSoFar,
      (done) => stores.projected.add(done),
      log,
    );
    this.#reporter.start();
    this.#showGauges(projector);
  }

  /** Finishes the batches in hand and closes everything, once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #word(): ProjectorWord {
    const failing = this.#health.failing();
    return {
      draining: this.#projector?.draining ?? 0,
      maxDrains: this.settings.projectorConcurrency,
      failing: failing === undefined ? null : { cause: failing.cause, forMs: Math.round(failing.forMs) },
    };
  }

  #showGauges(projector: Projector): void {
    const { metrics, live } = this;
    metrics.show('drainsFailing', () => (this.#health.failing()?.forMs ?? 0) / 1000);
    metrics.show('queuePaused', () => this.#pauses?.series() ?? []);
    metrics.show('drainsActive', () => projector.draining);
    metrics.show('drainsMax', () => live.current.projectorConcurrency);
    this.#backlog = new Backlog(this.stores, live, this.#log);
    this.#backlog.showIn(metrics);
    this.#backlog.start();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    // A look only reads: closing the connection ends it.
    const looked = Promise.all([this.#backlog?.stop(), this.#pauses?.stop()]);
    if (this.#projector !== undefined) await stopStep('batches in hand', this.#projector.stop(), this.#log);
    if (this.#reporter !== undefined) await stopStep('last report', this.#reporter.stop(), this.#log);
    if (this.#heartbeat !== undefined) await stopStep('roster', this.#heartbeat.stop(), this.#log);
    if (this.#queue !== undefined) await stopStep('queue', this.#queue.stop(), this.#log);
    this.#queues.stop();
    await stopStep(
      'connections',
      Promise.all([this.stores.stop(), this.deployment.stop(), looked]),
      this.#log,
    );
  }
}

/** The settings on which the pace of a projector depends. */
const PACE = ['projectorConcurrency', 'projectorBatch', 'projectorSweepMs', 'recoverAfterMs'] as const;

/** Brings a change of the settings to the projector. */
function applyChange(projector: Projector, { names }: SettingsChange): void {
  if (PACE.some((name) => names.includes(name))) projector.paceChanged();
}
