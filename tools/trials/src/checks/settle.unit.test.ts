import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type Waiting, waitUntilSettled } from './settle.js';

const NOTHING: Waiting = { journal: 0, events: 0, fastJobs: 0 };
const NEVER = new AbortController().signal;

describe('settle', () => {
  it('waits until the journal, the outbox and the fast queue are empty', async () => {
    const clock = new VirtualClock();
    const looks: Waiting[] = [
      { journal: 5, events: 2, fastJobs: 1 },
      { journal: 0, events: 2, fastJobs: 0 },
      { journal: 0, events: 0, fastJobs: 1 },
      { journal: 1, events: 0, fastJobs: 0 },
      NOTHING,
    ];
    const seen: Waiting[] = [];
    const outcome = await clock.run(
      waitUntilSettled({
        look: async () => looks[seen.length] ?? NOTHING,
        timeoutMs: 10_000,
        clock,
        signal: NEVER,
        onLook: (waiting) => void seen.push(waiting),
      }),
    );
    expect(seen).toEqual(looks);
    expect(outcome).toEqual({ settled: true, elapsedMs: 1000, left: NOTHING });
  });

  it('gives up at its bound and says what is left', async () => {
    const clock = new VirtualClock();
    const left = { journal: 0, events: 7, fastJobs: 0 };
    const outcome = await clock.run(
      waitUntilSettled({ look: async () => left, timeoutMs: 1100, clock, signal: NEVER, onLook: () => {} }),
    );
    expect(outcome).toEqual({ settled: false, elapsedMs: 1100, left });
  });

  it('ends early when asked to', async () => {
    const clock = new VirtualClock();
    const ended = new AbortController();
    void clock.until(600).then(() => ended.abort());
    const left = { journal: 3, events: 0, fastJobs: 0 };
    const outcome = await clock.run(
      waitUntilSettled({
        look: async () => left,
        timeoutMs: 60_000,
        clock,
        signal: ended.signal,
        onLook: () => {},
      }),
    );
    expect(outcome).toEqual({ settled: false, elapsedMs: 600, left });
  });
});
