import { describe, expect, it } from 'vitest';
import { faultsOf, type RunFindings } from './run-report.js';

const GOOD: RunFindings = {
  answered: 100,
  wrongReads: 0,
  orderFaults: 0,
  settle: { settled: true, elapsedMs: 10, left: { journal: 0, events: 0, fastJobs: 0 } },
  comparison: { differing: 0 },
  lostWrites: { lost: 0 },
};

describe('faultsOf', () => {
  it('finds none in a good run', () => {
    expect(faultsOf(GOOD)).toEqual([]);
  });

  it.each<[string, Partial<RunFindings>, RegExp]>([
    ['no answers', { answered: 0 }, /nothing was shown/],
    ['wrong reads', { wrongReads: 3 }, /^3 reads/],
    ['versions that do not rise', { orderFaults: 2 }, /^2 writes/],
    ['lost writes', { lostWrites: { lost: 4 } }, /^4 acknowledged writes/],
    ['mismatches', { comparison: { differing: 5 } }, /differ on 5 keys/],
    [
      'queues that do not empty',
      { settle: { settled: false, elapsedMs: 120_000, left: { journal: 1, events: 22, fastJobs: 3 } } },
      /after 120 s .* 1 journal entries, 22 outbox events and 3 fast jobs: is a projector running\?/,
    ],
  ])('takes %s for a fault', (_, finding, sentence) => {
    expect(faultsOf({ ...GOOD, ...finding })).toEqual([expect.stringMatching(sentence)]);
  });
});
