import { append, type Columns, emptyColumns, type HistoryAnswer, type KnownPod } from '../pod-histories.js';

/** Rows as the api sends them, from the columns that matter to a test; the other figures are 0. */
export function samples(rows: Partial<Columns> & { at: number[] }): HistoryAnswer['samples'] {
  const empty = Object.keys(emptyColumns()).map((name) => [name, rows.at.map(() => 0)]);
  return { ...Object.fromEntries(empty), ...rows };
}

/** A pod of a healthy system with these figures, one row per second; `said`: what its answer says otherwise. */
export function knownPod(
  rows: Partial<Columns> & { at: number[] } = { at: [1000] },
  said: Partial<HistoryAnswer> = {},
): KnownPod {
  const answer: HistoryAnswer = {
    pod: 'a-1',
    samples: samples(rows),
    stores: { cache: { answers: true, tookMs: 1 }, mongodb: { answers: true, tookMs: 1 } },
    load: {
      troubles: [],
      isHighLoad: false,
      load: 'normal',
      recommendation: 'normal',
      indicators: [],
      pods: 1,
      sampleAgeMs: 1,
    },
    circuitBreakers: { fast: { state: 'closed' }, outbox: { state: 'closed' } },
    configuration: {
      mode: 'adaptive',
      asyncTimeoutMs: 2000,
      maxAsyncThreads: 10,
      maxInFlightBatches: 4,
      recoverAfterMs: 5000,
    },
    paused: [],
    pausedQueues: [],
    projectors: 1,
    lastCheck: null,
    timestamp: '2026-11-23T00:00:00.000Z',
    ...said,
  };
  const columns = emptyColumns();
  append(columns, answer.samples);
  return { answer, columns, heardAt: 0 };
}
