import { describe, expect, it } from 'vitest';
import { flowRates } from './flow-figures.js';
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
