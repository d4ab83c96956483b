import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Deferred, deferred } from '../testing/deferred.js';
import { BackgroundSample } from './background-sample.js';

/** So short that it ends to the millisecond. */
const INTERVAL_MS = 500;
const MINUTE_MS = 60_000;
const PATIENCE_MS = 50;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A sample whose looks end when the test wants it. */
function sampleUnderTest() {
  const looks: Deferred<number>[] = [];
  const sample = new BackgroundSample(
    'the outbox',
    () => {
      const look = deferred<number>();
      looks.push(look);
      return look.promise;
    },
    { intervalMs: () => INTERVAL_MS, patienceMs: PATIENCE_MS },
    pino({ level: 'silent' }),
  );
  const end = async (how: (look: Deferred<number>) => void) => {
    const look = looks.at(-1);
    if (look === undefined) throw new Error('no one is looking');
    how(look);
    await pass(0);
  };
  return {
    sample,
    looks,
    sees: (value: number) => end((look) => look.resolve(value)),
    fails: () => end((look) => look.reject(new Error('away'))),
  };
}

describe('a background sample', () => {
  it('knows nothing before its first look has ended', async () => {
    const { sample, sees } = sampleUnderTest();
    sample.start();
    expect(sample.last).toBeUndefined();
    await sees(7);
    expect(sample.last).toEqual({ at: Date.now(), value: 7 });
  });

  it('looks again an interval after the last look has ended, and never twice at a time', async () => {
    const { sample, looks, sees } = sampleUnderTest();
    sample.start();
    sample.start();
    await pass(10 * INTERVAL_MS);
    expect(looks).toHaveLength(1);
    await sees(1);
    await pass(INTERVAL_MS - 1);
    expect(looks).toHaveLength(1);
    await pass(1);
    expect(looks).toHaveLength(2);
  });

  it('keeps what it saw when a look fails, and forgets it when that is too old', async () => {
    const { sample, sees, fails } = sampleUnderTest();
    sample.start();
    await sees(7);
    for (let passed = 0; passed < MINUTE_MS; passed += INTERVAL_MS) {
      await pass(INTERVAL_MS);
      await fails();
      expect(sample.last?.value).toBe(7);
    }
    await pass(INTERVAL_MS);
    expect(sample.last).toBeUndefined();
  });

  it('ends with the look under way, and looks no more', async () => {
    const { sample, looks, sees } = sampleUnderTest();
    sample.start();
    const stopped = vi.fn();
    const stop = sample.stop().then(stopped);
    await pass(0);
    expect(stopped).not.toHaveBeenCalled();
    await sees(1);
    await stop;
    await pass(10 * INTERVAL_MS);
    expect(looks).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('says nothing of now after a look that failed, nor while one takes too long', async () => {
    const { sample, sees, fails } = sampleUnderTest();
    sample.start();
    expect(sample.answers()).toBe(false);
    await sees(7);
    expect([sample.value(), sample.answers()]).toEqual([7, true]);
    await pass(INTERVAL_MS);
    await fails();
    expect([sample.value(), sample.tookMs(), sample.answers()]).toEqual([undefined, undefined, false]);
    await pass(INTERVAL_MS);
    await pass(20);
    await sees(8);
    expect([sample.value(), sample.tookMs()]).toEqual([8, 20]);
    await pass(INTERVAL_MS + PATIENCE_MS);
    expect(sample.value()).toBe(8);
    await pass(1);
    expect([sample.value(), sample.answers()]).toEqual([undefined, false]);
  });

  it('may be waited for until its first look has ended, and no longer', async () => {
    const { sample, sees, fails } = sampleUnderTest();
    expect(await sample.known()).toBeUndefined();
    sample.start();
    const known = sample.known();
    await sees(7);
    expect(await known).toBe(7);
    await pass(INTERVAL_MS);
    expect(await sample.known()).toBe(7);
    await fails();
    expect(await sample.known()).toBeUndefined();
  });
});
