import {
  type Column,
  type Columns,
  type KnownPod,
  latest,
  NOW_SEC,
  recent,
  writesPerSecond,
} from './pod-histories.js';

/** The arrows of the picture. */
export type FlowEdge =
  | 'writes'
  | 'toFast'
  | 'fast'
  | 'fallback'
  | 'toOutbox'
  | 'toProjector'
  | 'recovered'
  | 'projected';

/** Mutations per second on each arrow; null where that is not known. */
export type FlowRates = Readonly<Record<FlowEdge, number | null>>;

/** What the picture shows. */
export interface FlowFigures {
  readonly rates: FlowRates;
  /** Writes per second that stay in the journal. */
  readonly journaled: number;
  readonly journalPending: number | null;
  readonly outboxUnprocessed: number | null;
  readonly deadLetters: number | null;
  readonly workersActive: number | null;
  readonly workersMax: number;
  readonly queueWaiting: number | null;
  readonly mode: string;
  readonly highLoad: boolean;
  readonly fastCutOff: boolean;
  readonly outboxCutOff: boolean;
  readonly cacheAnswers: boolean;
  readonly mongodbAnswers: boolean;
}

/** The figures of now. */
export function flowFigures({ answer, columns }: KnownPod): FlowFigures {
  const { circuitBreakers, configuration, load, stores } = answer;
  return {
    rates: flowRates(columns),
    journaled: recent(columns, 'JOURNALED', NOW_SEC) ?? 0,
    journalPending: latest(columns, 'journalPending'),
    outboxUnprocessed: latest(columns, 'outboxUnprocessed'),
    deadLetters: latest(columns, 'deadLetters'),
    workersActive: latest(columns, 'workersActive'),
    workersMax: configuration.maxAsyncThreads,
    queueWaiting: latest(columns, 'queueWaiting'),
    mode: configuration.mode,
    highLoad: load.isHighLoad,
    fastCutOff: circuitBreakers.fast.state !== 'closed',
    outboxCutOff: circuitBreakers.outbox.state !== 'closed',
    cacheAnswers: stores.cache.answers,
    mongodbAnswers: stores.mongodb.answers,
  };
}

/** The arrows into the outbox add up to what it took, those out of the fast queue to what went in. */
export function flowRates(columns: Columns): FlowRates {
  const rate = (name: Column) => recent(columns, name, NOW_SEC) ?? 0;
  const fast = rate('ASYNC_THREAD');
  const events = rate('EVENT_BASED');
  const fellBack = rate('TIMEOUT') + rate('FAST_PATH_FAILED');
  // Of what fell back, the outbox may not have taken everything.
  const fallback = Math.min(fellBack, events);
  const toProjector = recent(columns, 'projectedEvents', NOW_SEC);
  const recovered = recent(columns, 'projectedEntries', NOW_SEC);
  return {
    writes: writesPerSecond(columns, NOW_SEC) ?? 0,
    toFast: fast + fellBack,
    fast,
    fallback,
    toOutbox: events - fallback,
    toProjector,
    recovered,
    projected: toProjector === null && recovered === null ? null : (toProjector ?? 0) + (recovered ?? 0),
  };
}
