import type { PausablePart } from './parts.js';
import {
  type ColumnName,
  type Columns,
  type HistoryAnswer,
  type KnownPod,
  latest,
  NOW_SEC,
  recent,
  writesPerSecond,
} from './pod-histories.js';
import { drainsOf } from './readiness.js';

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

/**
 * Whether something goes through a part: as its circuit breaker says, or not at all while someone has paused it; drains
 * that fail are an open one, and so is a part of which no process runs.
 */
export interface Gate {
  readonly state: 'closed' | 'open' | 'half-open' | 'paused';
  /** The same in words; empty for a closed one. */
  readonly words: string;
}

const BREAKER_WORDS = { closed: '', open: '✕ breaker open', 'half-open': '◐ breaker half-open' } as const;

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
  readonly fast: Gate;
  readonly outbox: Gate;
  readonly projectors: Gate;
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
    fast:
      pausedGate(answer, 'fast-path') ?? queueGate(answer, 'fast') ?? breakerGate(circuitBreakers.fast.state),
    outbox: breakerGate(circuitBreakers.outbox.state),
    projectors: pausedGate(answer, 'projector') ?? drainGate(answer),
    cacheAnswers: stores.cache.answers,
    mongodbAnswers: stores.mongodb.answers,
  };
}

function breakerGate(state: keyof typeof BREAKER_WORDS): Gate {
  return { state, words: BREAKER_WORDS[state] };
}

function pausedGate({ paused }: HistoryAnswer, part: PausablePart): Gate | undefined {
  const pause = paused.find((each) => each.part === part);
  if (pause === undefined) return undefined;
  return { state: 'paused', words: pause.by === undefined ? '‖ paused' : `‖ paused by ${pause.by}` };
}

/** BullMQ's own pause, which someone else's tool can set. */
function queueGate({ pausedQueues }: HistoryAnswer, queue: 'fast'): Gate | undefined {
  return pausedQueues.includes(queue) ? { state: 'paused', words: '‖ queue paused' } : undefined;
}

function drainGate(answer: HistoryAnswer): Gate {
  const { severity, text } = drainsOf(answer, Date.now());
  return severity === 'bad' ? { state: 'open', words: `✕ ${text}` } : breakerGate('closed');
}

/** The arrows into the outbox add up to what it took, those out of the fast queue to what went in. */
export function flowRates(columns: Columns): FlowRates {
  const rate = (name: ColumnName) => recent(columns, name, NOW_SEC) ?? 0;
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
