import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LoadSample,
  type LoadState,
  type LoadThresholds,
  NO_LOAD_SEEN,
  nextLoad,
} from './load-state.js';

/** The guide's thresholds. */
const THRESHOLDS: LoadThresholds = {
  loadSaturation: 0.8,
  loadMaxUnprocessed: 100,
  loadNormalSamples: 3,
};

const IDLE: LoadSample = {
  at: 0,
  pods: 1,
  activeThreads: 0,
  maxThreads: 10,
  waitingJobs: 0,
  oldestWaitingJob: undefined,
  unprocessedEvents: 0,
};
const BUSY = { activeThreads: 10 };

/** Load after these samples, each one idle but for what is said. */
function loadAfter(...samples: Partial<LoadSample>[]): LoadState {
  return samples.reduce<LoadState>(
    (state, sample) => nextLoad(state, { ...IDLE, ...sample }, THRESHOLDS),
    NO_LOAD_SEEN,
  );
}

/** The names of the indicators that say load is high. */
const exceeded = (state: LoadState) =>
  state.indicators.filter((indicator) => indicator.exceeded).map(({ name }) => name);

it('load is not high before the first sample', () => {
  expect(NO_LOAD_SEEN.high).toBe(false);
});

it('load is not high while no pod is known of, nor by a share of nothing', () => {
  expect(loadAfter({ pods: 0, maxThreads: 0 }).high).toBe(false);
  expect(nextLoad(NO_LOAD_SEEN, IDLE, { ...THRESHOLDS, loadSaturation: 0 }).high).toBe(false);
});

describe('one sample is enough for high load when', () => {
  it.each([
    ['the pool is busy to its share', { activeThreads: 8 }, 'threadPoolSaturated'],
    ['events are a backlog', { unprocessedEvents: 101 }, 'eventBacklog'],
  ] as const)('%s', (_, sample, indicator) => {
    const state = loadAfter(sample);
    expect(state.high).toBe(true);
    expect(exceeded(state)).toEqual([indicator]);
  });

  it.each([
    ['the pool is busy just below its share', { activeThreads: 7 }],
    ['events are just not a backlog', { unprocessedEvents: 100 }],
  ])('but not when %s', (_, sample) => {
    const state = loadAfter(sample);
    expect(state.high).toBe(false);
    expect(exceeded(state)).toEqual([]);
  });

  it('and the pool is that of all pods together: one busy pod among idle ones is not high load', () => {
    const two = { pods: 2, maxThreads: 20 };
    expect(loadAfter({ ...two, activeThreads: 10 }).high).toBe(false);
    expect(loadAfter({ ...two, activeThreads: 16 }).high).toBe(true);
  });

  it('and every indicator is shown with what was seen and from where on it is high', () => {
    const state = loadAfter({ activeThreads: 9, unprocessedEvents: 7 });
    expect(state.indicators).toEqual([
      { name: 'threadPoolSaturated', value: 9, threshold: 8, exceeded: true },
      { name: 'queueWaiting', value: 0, threshold: 1, exceeded: false },
      { name: 'eventBacklog', value: 7, threshold: 101, exceeded: false },
    ]);
  });

  it('and says of no indicator that it is reached and load is not high by it', () => {
    const sample = fc.record({
      activeThreads: fc.nat(12),
      waitingJobs: fc.nat(3),
      oldestWaitingJob: fc.constantFrom(undefined, 'a', 'b'),
      unprocessedEvents: fc.nat(150),
    });
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        for (const { value, threshold, exceeded } of loadAfter(...samples).indicators)
          expect(exceeded).toBe(value >= threshold);
      }),
    );
  });

  it.each([
    [10, 0.8, 8],
    [10, 0.75, 8],
    [100, 0.55, 55],
    [100, 0.07, 7],
    [7, 0.8, 6],
  ])('and of %i workers a share of %d is %i', (maxThreads, loadSaturation, from) => {
    const thresholds = { ...THRESHOLDS, loadSaturation };
    const [saturated] = nextLoad(NO_LOAD_SEEN, { ...IDLE, maxThreads }, thresholds).indicators;
    expect(saturated?.threshold).toBe(from);
  });
});

describe('jobs that wait', () => {
  const waiting = (oldestWaitingJob: string) => ({ waitingJobs: 2, oldestWaitingJob });

  it('are high load when the same job waited at the sample before', () => {
    const state = loadAfter(waiting('a'), waiting('a'));
    expect(exceeded(state)).toEqual(['queueWaiting']);
    expect(state.high).toBe(true);
  });

  it('are not at the first sample that sees them, and count as none there', () => {
    const state = loadAfter({}, waiting('a'));
    expect(state.high).toBe(false);
    expect(state.indicators[1]).toMatchObject({ name: 'queueWaiting', value: 0 });
    expect(loadAfter(waiting('a'), waiting('a')).indicators[1]).toMatchObject({ value: 2, exceeded: true });
  });

  it('are not when they are different ones each time: workers keep up', () => {
    expect(loadAfter(waiting('a'), waiting('b'), waiting('c')).high).toBe(false);
  });

  it('are not when the queue was empty in between', () => {
    expect(loadAfter(waiting('a'), {}, waiting('a')).high).toBe(false);
  });

  it('are not when none waits, at two samples in a row', () => {
    expect(exceeded(loadAfter({}, {}))).toEqual([]);
  });
});

describe('high load', () => {
  it('ends with the last of several normal samples in a row, and not before', () => {
    expect(loadAfter(BUSY, {}, {}).high).toBe(true);
    expect(loadAfter(BUSY, {}, {}, {}).high).toBe(false);
  });

  it('goes on when one sample in between is high: they are counted anew', () => {
    expect(loadAfter(BUSY, {}, {}, BUSY, {}, {}).high).toBe(true);
    expect(loadAfter(BUSY, {}, {}, BUSY, {}, {}, {}).high).toBe(false);
  });

  it('comes back with a single high sample, however long load was normal', () => {
    expect(loadAfter({}, {}, {}, {}, {}, BUSY)).toMatchObject({ high: true, normalInARow: 0 });
  });
});
