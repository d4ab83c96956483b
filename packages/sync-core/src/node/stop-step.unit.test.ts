import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { stopStep } from './stop-step.js';

/** How long a step may take. */
const DEADLINE_MS = 6000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

/** A step of a stop that the test ends, with what was said of it. */
function stepUnderTest() {
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const step = deferred<void>();
  const ended = vi.fn();
  const waiting = stopStep('the queues', step.promise, log).then(ended);
  return { step, waiting, ended, warn };
}

describe('a step of a stop', () => {
  it('is waited for', async () => {
    const { step, waiting, ended, warn } = stepUnderTest();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(ended).not.toHaveBeenCalled();
    step.resolve();
    await waiting;
    expect(warn).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not waited for any longer than its deadline, which is said', async () => {
    const { waiting, warn } = stepUnderTest();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    await waiting;
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      { reason: `not done after ${DEADLINE_MS} ms` },
      expect.stringMatching(/the queues$/),
    );
  });

  it('does not keep the next step from being taken when it fails, which is said', async () => {
    const { step, waiting, warn } = stepUnderTest();
    step.reject(new Error('Redis is away'));
    await expect(waiting).resolves.toBeUndefined();
    expect(warn).toHaveBeenCalledExactlyOnceWith({ reason: 'Redis is away' }, expect.any(String));
  });

  it('may fail after its deadline without ending the process', async () => {
    const { step, waiting, warn } = stepUnderTest();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    await waiting;
    // vitest fails a run in which a rejection is never handled.
    step.reject(new Error('too late'));
    await vi.advanceTimersByTimeAsync(0);
    expect(warn).toHaveBeenCalledOnce();
  });
});
