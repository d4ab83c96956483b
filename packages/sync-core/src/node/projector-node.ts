import type { Logger } from 'pino';
import type { LoadedSettings } from '../config/checked-settings.js';
import type { LiveSettings } from '../config/live-settings.js';
import type { Settings } from '../config/settings.js';
import { DrainHealth } from '../control/drain-health.js';
import type { DeploymentSettings } from '../deployment/deployment-settings.js';
import { LiveRoster } from '../deployment/live-roster.js';
import { toldFailure } from '../deployment/pod-word.js';
import { PROJECTOR_SILENT_MS, type ProjectorWord, projectorWord } from '../deployment/projector-word.js';
import { queuePrefix } from '../fast-path/fast-queue.js';
import { JobReader } from '../fast-path/job-layout.js';
import { Metrics } from '../metrics/metrics.js';
import type { PermanentError } from '../permanent-errors.js';
import { ProgressReporter } from '../projection/progress-reporter.js';
import { ProjectionQueue, ProjectionWorker } from '../projection/projection-queue.js';
import { Projector } from '../projection/projector.js';
import { slotJob } from '../projection/slot-job.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { observed } from '../tracing/observed-shadows.js';
import type { Backlog } from '../watch/backlog.js';
import { CountedRate } from '../watch/counted-rate.js';
import { QueuePauses } from '../watch/queue-pauses.js';
import { DeploymentWatch } from './deployment-watch.js';
import { Foundation } from './foundation.js';
import { background, LifeCycle, type Part, part } from './life-cycle.js';
import type { PodParts } from './pod.js';
import { failingReason, type Readiness, readinessOf } from './readiness.js';
import type { Stores } from './stores.js';

/** One projector process: the projector with its connections. */
export class ProjectorNode {
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly live: LiveSettings;
  /** What is set at run time, which this projector follows. */
  readonly deployment: DeploymentSettings;
  /** Resolves, with why, when Redis turns out to be one that no waiting makes fit, such as a Redis Cluster. */
  readonly broken: Promise<PermanentError>;
  readonly #foundation: Foundation;
  readonly #health = new DrainHealth();
  readonly #projected: CountedRate;
  readonly #life: LifeCycle;
  #projector: Projector | undefined;
  #pauses: QueuePauses | undefined;
  #backlog: Backlog | undefined;

  constructor(loaded: LoadedSettings, log: Logger, { metrics, mongo }: Omit<PodParts, 'shadowWriter'> = {}) {
    this.metrics = metrics ?? new Metrics('projector');
    const { projectedSoFar } = this.metrics;
    this.#projected = new CountedRate(() => projectedSoFar.outbox + projectedSoFar.journal);
    const foundation = new Foundation(loaded, 'projector', log, { metrics: this.metrics, ownMongo: mongo });
    this.#foundation = foundation;
    this.live = foundation.live;
    this.stores = foundation.stores;
    this.deployment = foundation.deployment;
    this.broken = foundation.broken;
    const life: LifeCycle = new LifeCycle(
      [
        ...foundation.opened,
        { name: 'Redis', start: () => foundation.reachRedis(life.stopping) },
        { name: 'MongoDB', start: () => foundation.reachMongodb(life.stopping) },
        background('settings of the deployment', foundation.deployment),
        () => this.#makeParts(),
      ],
      log,
    );
    this.#life = life;
    this.live.onChange((change) => life.settingsChanged(change));
  }

  /** The settings in force now. */
  get settings(): Settings {
    return this.live.current;
  }

  /** Whether the projector works, and what it waits for. */
  readiness(): Readiness {
    return readinessOf(this.#foundation, {
      stopping: this.#life.stopping.aborted,
      redisUp: this.stores.redis.standing.ok,
      proven: this.#projector !== undefined,
      failing: failingReason('DRAINS_FAIL', this.#health.failing()),
      paused: this.#pauses?.paused ?? [],
      notDrained: this.#backlog?.notDrained ?? [],
    });
  }

  /**
   * Resolves when the projector works, however long its services take.
   * @throws PermanentError when Redis or MongoDB holds what is not this deployment's; {@link stop} has to follow
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Finishes the batches in hand and closes everything, once. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** The parts in the order of their start, the reverse of that of their stop; a new one in the background is one line here. */
  #makeParts(): readonly Part[] {
    const { live, stores, queues, metrics, log } = this.#foundation;
    const queue = new ProjectionQueue(queues.requests, queuePrefix(live.current.namespace), log);
    const watch = new DeploymentWatch(this.#foundation, {
      roster: stores.projectorRoster,
      word: () => this.#word(),
      idle: () => (this.#projector?.draining ?? 0) === 0,
      silentMs: PROJECTOR_SILENT_MS,
      projectionQueue: queue,
    });
    const projector = this.#projectorOf(queue, watch.heartbeat.id);
    const pauses = new QueuePauses(['projection'], log);
    watch.pauses.follow(({ value }) => pauses.seen(value));
    this.#projector = projector;
    this.#pauses = pauses;
    this.#backlog = watch.backlog;
    metrics.show('drainsFailing', () => (this.#health.failing()?.forMs ?? 0) / 1000);
    metrics.show('queuePaused', () => pauses.series());
    metrics.show('drainsActive', () => projector.draining);
    metrics.show('drainsMax', () => live.current.projectorConcurrency);
    watch.backlog.showIn(metrics);
    return [
      { name: 'projection queue', stop: () => queue.stop() },
      ...watch.parts,
      part(
        'report of what was projected',
        new ProgressReporter(
          () => metrics.projectedSoFar,
          (done) => stores.projected.add(done),
          log,
        ),
      ),
      { name: 'ownership', start: () => stores.ownership.start() },
      part('batches in hand', projector),
    ];
  }

  #projectorOf(queue: ProjectionQueue, name: string): Projector {
    const { live, stores, queues, metrics, log } = this.#foundation;
    const { slots, namespace, logWritesEvery } = live.current;
    const projectors = new LiveRoster(stores.projectorRoster, projectorWord, () => PROJECTOR_SILENT_MS);
    const jobs = new JobReader('projection', slotJob(slots), metrics, log);
    return new Projector({
      stores: {
        ...stores,
        shadows: observed<ShadowStore>(stores.shadows, logWritesEvery, log),
        metrics,
        log,
      },
      slots,
      queue,
      lease: stores.slotLease(name),
      name,
      projectors: async () => (await projectors.all())?.map(({ id }) => id) ?? [],
      health: this.#health,
      openWorker: (drain) =>
        new ProjectionWorker({
          background: queues.background,
          prefix: queuePrefix(namespace),
          concurrency: live.current.projectorConcurrency,
          ...{ jobs, drain, log },
        }),
      settings: () => live.current,
      log,
    });
  }

  #word(): ProjectorWord {
    return {
      draining: this.#projector?.draining ?? 0,
      maxDrains: this.settings.projectorConcurrency,
      failing: toldFailure(this.#health.failing()),
      projectedPerSec: this.#projected.perSec(),
    };
  }
}
