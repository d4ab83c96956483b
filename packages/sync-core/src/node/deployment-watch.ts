import { z } from 'zod';
import type { SettingsReader } from '../config/live-settings.js';
import type { LoadSample } from '../control/load-state.js';
import { Heartbeat } from '../deployment/heartbeat.js';
import { type Living, living } from '../deployment/living.js';
import { MOST_PODS, type PodRoster } from '../deployment/pod-roster.js';
import { type PodWord, podWord } from '../deployment/pod-word.js';
import { processName } from '../deployment/process-name.js';
import { FastQueueState } from '../fast-path/fast-queue-state.js';
import type { ProjectedMutations } from '../projection/projection-counts.js';
import type { ProjectionQueue } from '../projection/projection-queue.js';
import { Backlog } from '../watch/backlog.js';
import {
  beatMs,
  deadAfterMs,
  heardHoldsMs,
  lookoutBeatMs,
  type PaceTerms,
  sampleEveryMs,
} from '../watch/beat-pace.js';
import { Lookout } from '../watch/lookout.js';
import { pausedQueues, type QueueName } from '../watch/queue-pauses.js';
import { SharedFigure } from '../watch/shared-figure.js';
import type { Foundation } from './foundation.js';
import { background, type Part, part } from './life-cycle.js';

/** What the lookout told holds for so long at least, in milliseconds. */
const TOLD_HOLDS_MS = 5000;
/** Longest times between two looks, in milliseconds, while there is something to do and while there is not. */
const PAUSES_MS = { busy: 1000, idle: 5000 };
const PROJECTED_MS = { busy: 1000, idle: 5000 };

/** Load as the lookout saw it. */
export type SeenLoad = Omit<LoadSample, 'at'>;

const seenLoad: z.ZodType<SeenLoad> = z
  .object({
    pods: z.number(),
    activeThreads: z.number(),
    maxThreads: z.number(),
    waitingJobs: z.number(),
    oldestWaitingJob: z.string().optional(),
    unprocessedEvents: z.number(),
  })
  .transform((load) => ({ ...load, oldestWaitingJob: load.oldestWaitingJob }));

const projectedSchema: z.ZodType<ProjectedMutations> = z.object({ outbox: z.number(), journal: z.number() });

/** What a process brings along. */
export interface WatchOptions {
  /** Where it is heard of. */
  readonly roster: PodRoster;
  /** What it says of itself. */
  readonly word: () => object;
  /** Whether it has nothing to do. */
  readonly idle: () => boolean;
  /** A process of its kind that has not spoken for so many milliseconds is dead; absent: as for a pod, by their number. */
  readonly silentMs?: number;
  readonly projectionQueue: Pick<ProjectionQueue, 'isPaused'>;
}

/**
 * What a process knows of the whole deployment, and its share in finding it out: each says how it is, and one of them
 * looks for all.
 */
export class DeploymentWatch {
  readonly heartbeat: Heartbeat;
  /** What waits. */
  readonly backlog: Backlog;
  readonly load: SharedFigure<SeenLoad>;
  /** The queues that someone has paused. */
  readonly pauses: SharedFigure<readonly QueueName[]>;
  /** What all projectors have done. */
  readonly projected: SharedFigure<ProjectedMutations>;
  readonly #live: SettingsReader;
  readonly #options: WatchOptions;
  readonly #fastQueue: FastQueueState;
  readonly #lookout: Lookout;
  /** The pods that live, while this process looks for all. */
  #pods: readonly Living<PodWord>[] = [];

  constructor(
    { live, stores, queues, log }: Pick<Foundation, 'live' | 'stores' | 'queues' | 'log'>,
    options: WatchOptions,
  ) {
    this.#live = live;
    this.#options = options;
    this.#fastQueue = new FastQueueState(queues.requests, live.current.namespace, log);
    this.backlog = new Backlog(stores, live, () => this.#idle(), log);
    const every = (ms: Readonly<Record<'busy' | 'idle', number>>) => () => ms[this.#idle() ? 'idle' : 'busy'];
    this.load = new SharedFigure({
      name: 'load',
      schema: seenLoad,
      look: () => this.#lookAtLoad(),
      everyMs: () => sampleEveryMs(live.current.loadSampleMs),
      log,
    });
    this.pauses = new SharedFigure({
      name: 'pauses',
      schema: pausedQueues,
      look: () => this.#lookAtPauses(),
      everyMs: every(PAUSES_MS),
      log,
    });
    this.projected = new SharedFigure({
      name: 'projected',
      schema: projectedSchema,
      look: () => stores.projected.read(),
      everyMs: every(PROJECTED_MS),
      log,
    });
    const { journal, outbox } = this.backlog;
    this.#lookout = new Lookout({
      figures: [this.load, journal, outbox, this.pauses, this.projected],
      tell: (seen, standMs) => options.roster.tell(seen, standMs),
      log,
    });
    this.heartbeat = new Heartbeat({
      id: processName(),
      word: options.word,
      roster: options.roster,
      pace: () => ({ intervalMs: this.beatMs, forgetAfterMs: this.forgetAfterMs }),
      mayLookOut: () => this.#lookout.mayLookOut,
      heard: async (announced) => {
        this.#pods = living(announced.pods, podWord);
        await this.#lookout.heard({ ...announced, holdsMs: heardHoldsMs(TOLD_HOLDS_MS, this.#pace) });
      },
      missed: (error) => this.#lookout.missed(error),
      log,
    });
  }

  /** A pod that has not spoken for so many milliseconds is dead. */
  get forgetAfterMs(): number {
    return Math.max(deadAfterMs(this.#pace), this.#options.silentMs ?? 0);
  }

  /** Time between two beats of this process, in milliseconds, as things are now. */
  get beatMs(): number {
    const { idle, silentMs } = this.#options;
    const terms = { loadSampleMs: this.#live.current.loadSampleMs, pods: this.load.last?.value.pods ?? 1 };
    return this.#lookout.looking
      ? lookoutBeatMs({ ...terms, idle: this.#idle() })
      : beatMs({ ...terms, idle: idle(), silentMs });
  }

  /** Its parts, in the order of their start. */
  get parts(): readonly Part[] {
    return [
      { name: 'state of the fast queue', stop: () => this.#fastQueue.stop() },
      background('lookout', { start() {}, stop: () => this.#lookout.stop() }),
      part('roster', this.heartbeat),
    ];
  }

  /** There is something to do again, after an idle time. */
  wake(): void {
    this.heartbeat.pauseChanged();
  }

  /** As far as this process knows, no process has anything to do. */
  #idle(): boolean {
    const { waitingJobs = 0, unprocessedEvents = 0, activeThreads = 0 } = this.load.value() ?? {};
    return (
      this.#options.idle() &&
      !this.backlog.waits &&
      waitingJobs + unprocessedEvents + activeThreads === 0 &&
      this.#pods.every(({ idle, activeThreads: active }) => idle ?? active === 0)
    );
  }

  /** By what ages are judged: until the number of pods is heard of, there may be as many as can be. */
  get #pace(): PaceTerms {
    const { loadSampleMs } = this.#live.current;
    return { loadSampleMs, pods: this.load.last?.value.pods ?? MOST_PODS };
  }

  /** @throws when a store does not answer */
  async #lookAtLoad(): Promise<SeenLoad> {
    const { loadMaxUnprocessed, loadSampleMs } = this.#live.current;
    const pods = this.#pods;
    const [depth, unprocessedEvents] = await Promise.all([
      this.#fastQueue.depth(),
      // Any event waits for a moment, until a projector has it: a backlog is what was there at the sample before. Were the
      // younger ones counted, a pod under steady load that once took to events would never leave them again.
      this.backlog.countLate(loadMaxUnprocessed + 1, loadSampleMs),
    ]);
    return {
      pods: pods.length,
      activeThreads: pods.reduce((sum, pod) => sum + pod.activeThreads, 0),
      maxThreads: pods.reduce((sum, pod) => sum + pod.maxThreads, 0),
      waitingJobs: depth.waiting,
      oldestWaitingJob: depth.oldestWaiting,
      unprocessedEvents,
    };
  }

  async #lookAtPauses(): Promise<readonly QueueName[]> {
    const [fast, projection] = await Promise.all([
      this.#fastQueue.isPaused(),
      this.#options.projectionQueue.isPaused(),
    ]);
    return [...(fast ? (['fast'] as const) : []), ...(projection ? (['projection'] as const) : [])];
  }
}
