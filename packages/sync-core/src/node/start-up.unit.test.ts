import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RefusedByServiceError } from '../errors.js';
import { LayoutMismatchError } from '../permanent-errors.js';
import { untilReachable } from './start-up.js';

/** Longest wait between two attempts, with cockatiel's jitter. */
const LONGEST_WAIT_MS = 2000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

function startUnderTest(step: () => Promise<void>) {
  const log = pino({ level: 'silent' });
  const [error, info] = [vi.spyOn(log, 'error'), vi.spyOn(log, 'info')];
  const stopping = new AbortController();
  const reached = untilReachable({ name: 'MongoDB', where: 'mongodb://mongo' }, step, stopping.signal, log);
  return { reached, stopping, error, info };
}

const away = (): Promise<void> => Promise.reject(new Error('ECONNREFUSED'));

describe('waiting for a service at start', () => {
  it('ends with the first success', async () => {
    const step = vi.fn(async () => {});
    const { reached, error, info } = startUnderTest(step);
    await reached;
    expect(step).toHaveBeenCalledOnce();
    expect(error).not.toHaveBeenCalled();
    expect(info).toHaveBeenCalledExactlyOnceWith({ where: 'mongodb://mongo' }, 'MongoDB is reachable');
  });

  it('tries again for as long as it takes, saying once what is missing and once that it is there', async () => {
    const step = vi.fn(away);
    const { reached, error, info } = startUnderTest(step);
    await vi.advanceTimersByTimeAsync(30 * LONGEST_WAIT_MS);
    const attempts = step.mock.calls.length;
    expect(attempts).toBeGreaterThanOrEqual(30);
    step.mockImplementation(async () => {});
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    await reached;
    expect(step).toHaveBeenCalledTimes(attempts + 1);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      { where: 'mongodb://mongo', reason: 'ECONNREFUSED' },
      expect.stringMatching(/^MongoDB is not reachable at mongodb:\/\/mongo/),
    );
    expect(info).toHaveBeenCalledExactlyOnceWith({ where: 'mongodb://mongo' }, 'MongoDB is reachable now');
  });

  it('calls what the service refuses by its name, once for each refusal', async () => {
    const refusal = () =>
      Promise.reject(new RefusedByServiceError('MongoDB refuses the user of MONGODB_URL'));
    const step = vi.fn(away).mockRejectedValueOnce(new Error('away')).mockImplementation(refusal);
    const { reached, stopping, error } = startUnderTest(step);
    const ended = expect(reached).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(5 * LONGEST_WAIT_MS);
    expect(error.mock.calls.map(([, message]) => message)).toEqual([
      expect.stringMatching(/^MongoDB is not reachable at/),
      expect.stringMatching(/^MongoDB refuses the user of MONGODB_URL; trying again/),
    ]);
    stopping.abort();
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    await ended;
  });

  it('ends at once with data of another layout: no waiting mends that', async () => {
    const mismatch = new LayoutMismatchError('other slots');
    const step = vi.fn(() => Promise.reject(mismatch));
    const { reached, error } = startUnderTest(step);
    await expect(reached).rejects.toBe(mismatch);
    expect(step).toHaveBeenCalledOnce();
    expect(error).not.toHaveBeenCalled();
  });

  it('ends with data of another layout also when the service was away before', async () => {
    const mismatch = new LayoutMismatchError('other slots');
    const step = vi.fn(away).mockRejectedValueOnce(new Error('away')).mockRejectedValue(mismatch);
    const { reached } = startUnderTest(step);
    const ended = expect(reached).rejects.toBe(mismatch);
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    await ended;
    expect(step).toHaveBeenCalledTimes(2);
  });

  it('ends when the process is stopping: no attempt begins after that', async () => {
    const step = vi.fn(away);
    const { reached, stopping, info } = startUnderTest(step);
    const ended = expect(reached).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(0);
    const attempts = step.mock.calls.length;
    stopping.abort();
    await vi.advanceTimersByTimeAsync(10 * LONGEST_WAIT_MS);
    await ended;
    expect(step).toHaveBeenCalledTimes(attempts);
    expect(info).not.toHaveBeenCalled();
  });

  it('does not even begin when the process is stopping already, and does not call the service missing', async () => {
    const step = vi.fn(async () => {});
    const log = pino({ level: 'silent' });
    const error = vi.spyOn(log, 'error');
    const reached = untilReachable({ name: 'Redis', where: 'redis://redis' }, step, AbortSignal.abort(), log);
    await expect(reached).rejects.toMatchObject({ name: 'AbortError' });
    expect(step).not.toHaveBeenCalled();
    expect(error).not.toHaveBeenCalled();
  });
});
