import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { type OpenLoop, runOpenLoop } from './open-loop.js';

const NEVER = new AbortController().signal;

/** Arrivals at these times, named after them. */
const at = (...times: number[]) => ({ items: times.map((time) => `at ${time}`), times: times.values() });

interface Sending {
  readonly item: string;
  readonly sentAt: number;
  readonly latency: number;
}

/** Runs a load whose requests each take what `takes` says, in milliseconds, and notes each one. */
async function load(
  options: Pick<OpenLoop<string>, 'items' | 'times' | 'maxInFlight'> & Partial<OpenLoop<string>>,
  takes: (item: string) => number,
) {
  const clock = new VirtualClock();
  const sendings: Sending[] = [];
  const outcome = await clock.run(
    runOpenLoop({
      clock,
      signal: NEVER,
      send: async (item, intendedAt) => {
        const sentAt = clock.now();
        await clock.after(takes(item));
        sendings.push({ item, sentAt, latency: clock.now() - intendedAt });
      },
      ...options,
    }),
  );
  return { outcome, sendings };
}

describe('runOpenLoop', () => {
  it('sends at the times given, whether or not earlier requests were answered', async () => {
    const { outcome, sendings } = await load({ ...at(0, 10, 20, 30), maxInFlight: 10 }, () => 100);
    expect(sendings.map(({ sentAt }) => sentAt)).toEqual([0, 10, 20, 30]);
    expect(sendings.map(({ latency }) => latency)).toEqual([100, 100, 100, 100]);
    expect(outcome).toEqual({ sent: 4, heldBack: 0, elapsedMs: 130 });
  });

  it('sends several at once when they are due at once', async () => {
    const { sendings } = await load({ ...at(5, 5, 5), maxInFlight: 10 }, () => 1);
    expect(sendings.map(({ sentAt }) => sentAt)).toEqual([5, 5, 5]);
  });

  it('counts latency from the intended time: one slow answer shows in all that it held up', async () => {
    const stall = (item: string) => (item === 'at 0' ? 1000 : 10);
    const { outcome, sendings } = await load({ ...at(0, 100, 200, 300), maxInFlight: 1 }, stall);
    expect(sendings).toEqual([
      { item: 'at 0', sentAt: 0, latency: 1000 },
      { item: 'at 100', sentAt: 1000, latency: 910 },
      { item: 'at 200', sentAt: 1010, latency: 820 },
      { item: 'at 300', sentAt: 1020, latency: 730 },
    ]);
    expect(outcome.heldBack).toBe(3);
  });

  it('never has more than the bound under way', async () => {
    const clock = new VirtualClock();
    let inFlight = 0;
    let most = 0;
    const arrivals = at(...Array.from({ length: 200 }, (_, index) => index));
    const outcome = await clock.run(
      runOpenLoop({
        ...arrivals,
        clock,
        maxInFlight: 7,
        signal: NEVER,
        send: async () => {
          most = Math.max(most, ++inFlight);
          await clock.after(50);
          inFlight--;
        },
      }),
    );
    expect([most, inFlight, outcome.sent]).toEqual([7, 0, 200]);
  });

  it('keeps to its rate over an hour', async () => {
    const RATE = 2;
    const arrivals = at(...Array.from({ length: 3600 * RATE }, (_, index) => (index * 1000) / RATE));
    const { outcome } = await load({ ...arrivals, maxInFlight: 100 }, () => 30);
    expect(outcome.sent).toBe(7200);
    expect(outcome.elapsedMs).toBe(3_599_530);
  });

  it('sends nothing more once the signal aborts, and awaits what is under way', async () => {
    const clock = new VirtualClock();
    const ended = new AbortController();
    const done: string[] = [];
    const running = runOpenLoop({
      ...at(0, 100, 10_000),
      clock,
      maxInFlight: 10,
      signal: ended.signal,
      send: async (item) => {
        await clock.after(300);
        done.push(item);
      },
    });
    void clock.until(150).then(() => ended.abort());
    expect(await clock.run(running)).toEqual({ sent: 2, heldBack: 0, elapsedMs: 400 });
    expect(done).toEqual(['at 0', 'at 100']);
  });

  it('stops while it waits for a free place, too', async () => {
    const clock = new VirtualClock();
    const ended = new AbortController();
    const running = runOpenLoop({
      ...at(0, 1, 2),
      clock,
      maxInFlight: 1,
      signal: ended.signal,
      send: () => clock.after(100),
    });
    void clock.until(50).then(() => ended.abort());
    expect((await clock.run(running)).sent).toBe(1);
  });

  it('ends with the failure of a send that should not have failed, after all others are done', async () => {
    const clock = new VirtualClock();
    let answered = 0;
    const running = runOpenLoop({
      ...at(0, 10, 20, 500),
      clock,
      maxInFlight: 10,
      signal: NEVER,
      send: async (item) => {
        await clock.after(30);
        if (item === 'at 0') throw new Error('a defect');
        answered++;
      },
    });
    await expect(clock.run(running)).rejects.toThrow('a defect');
    expect(answered).toBe(2);
  });

  it('ends when there are no more times, or nothing more to send', async () => {
    const { outcome } = await load({ ...at(0, 10, 20), times: [0, 10].values(), maxInFlight: 1 }, () => 1);
    expect(outcome.sent).toBe(2);
    const fewer = await load({ ...at(0, 10), times: [0, 10, 20].values(), maxInFlight: 1 }, () => 1);
    expect(fewer.outcome.sent).toBe(2);
  });

  it('has nothing to do without arrivals', async () => {
    const { outcome } = await load({ ...at(), maxInFlight: 1 }, () => 1);
    expect(outcome).toEqual({ sent: 0, heldBack: 0, elapsedMs: 0 });
  });
});
