import { describe, expect, it } from 'vitest';
import { flowFigures, flowRates } from './flow-figures.js';
import type { HistoryAnswer } from './pod-histories.js';
import { knownPod } from './testing/known-pod.js';

const rates = (rows: object) => flowRates(knownPod({ at: [1000], ...rows }).columns);

describe('rates on the arrows', () => {
  it('add up: what goes into a stage comes out of it', () => {
    const flow = rates({
      ASYNC_THREAD: [80],
      EVENT_BASED: [30],
      JOURNALED: [5],
      TIMEOUT: [10],
      FAST_PATH_FAILED: [2],
      HIGH_LOAD: [18],
    });
    expect(flow).toMatchObject({ writes: 115, toFast: 92, fast: 80, fallback: 12, toOutbox: 18 });
  });

  it('tell no more of the fallback than the outbox took: the rest stayed in the journal', () => {
    expect(rates({ EVENT_BASED: [4], JOURNALED: [6], TIMEOUT: [10] })).toMatchObject({
      writes: 10,
      fallback: 4,
      toOutbox: 0,
    });
  });

  it('of projectors are unknown where nothing is known of them', () => {
    const unknown = { projectedEvents: [null], projectedEntries: [null] };
    expect(rates(unknown)).toMatchObject({ toProjector: null, recovered: null, projected: null });
    expect(rates({ projectedEvents: [7], projectedEntries: [2] })).toMatchObject({ projected: 9 });
  });
});

describe('the parts of the picture', () => {
  const gates = (said: Partial<HistoryAnswer>) => {
    const { fast, outbox, projectors } = flowFigures(knownPod({ at: [1000] }, said));
    return { fast, outbox, projectors };
  };
  const CLOSED = { state: 'closed', words: '' };

  it('are told apart as closed, open, half-open and paused, with who paused them', () => {
    expect(gates({})).toEqual({ fast: CLOSED, outbox: CLOSED, projectors: CLOSED });
    expect(
      gates({ circuitBreakers: { fast: { state: 'open' }, outbox: { state: 'half-open' } } }),
    ).toMatchObject({
      fast: { state: 'open', words: '✕ breaker open' },
      outbox: { state: 'half-open', words: '◐ breaker half-open' },
    });
    expect(gates({ paused: [{ part: 'fast-path', by: 'ann' }, { part: 'projector' }] })).toMatchObject({
      fast: { state: 'paused', words: '‖ paused by ann' },
      projectors: { state: 'paused', words: '‖ paused' },
    });
    expect(gates({ pausedQueues: ['fast'] }).fast).toMatchObject({ state: 'paused' });
  });

  it('are paused rather than open where both are so: that is what someone can end', () => {
    const { fast } = gates({
      paused: [{ part: 'fast-path' }],
      circuitBreakers: { fast: { state: 'open' }, outbox: { state: 'closed' } },
    });
    expect(fast.state).toBe('paused');
  });

  it('show drains that fail, and that no projector runs', () => {
    const { load } = knownPod().answer;
    const troubles = [{ name: 'DRAINS_FAIL', severity: 'bad' as const, message: 'why' }];
    expect(gates({ load: { ...load, troubles } }).projectors.words).toBe('✕ drains fail');
    expect(gates({ projectors: 0 }).projectors.words).toBe('✕ no projector runs');
    expect(gates({ projectors: null }).projectors).toEqual(CLOSED);
  });
});
