import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Deferred, deferred } from '../testing/deferred.js';
import { background, LifeCycle, type Part, type PartOrMore } from './life-cycle.js';

/** How long the stop of one part may take. */
const DEADLINE_MS = 6000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

/** Parts that note what is done to them, in order. */
function notebook() {
  const done: string[] = [];
  const noted = (name: string, more: Partial<Part> = {}): Part => ({
    name,
    start: () => void done.push(`start ${name}`),
    stop: () => void done.push(`stop ${name}`),
    ...more,
  });
  return { done, noted };
}

function lifeOf(parts: readonly PartOrMore[]) {
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const said = () => warn.mock.calls.map(([fields, message]) => [message, fields]);
  return { life: new LifeCycle(parts, log), said };
}

describe('the start of parts', () => {
  it('is in the order of their list, each when the one before works', async () => {
    const { done, noted } = notebook();
    const slow = deferred<void>();
    const { life } = lifeOf([noted('a', { start: () => slow.promise }), noted('b'), noted('c')]);
    const started = life.start();
    await pass();
    expect(done).toEqual([]);
    slow.resolve();
    await started;
    expect(done).toEqual(['start b', 'start c']);
  });

  it('makes parts when their turn has come, and starts and stops them in their place', async () => {
    const { done, noted } = notebook();
    const more = () => {
      done.push('made');
      return [noted('b'), noted('c')];
    };
    const { life } = lifeOf([noted('a'), more, noted('d')]);
    await life.start();
    expect(done).toEqual(['start a', 'made', 'start b', 'start c', 'start d']);
    done.length = 0;
    await life.stop();
    expect(done).toEqual(['stop d', 'stop c', 'stop b', 'stop a']);
  });

  it('is made once, however often it is asked for', async () => {
    const { done, noted } = notebook();
    const { life } = lifeOf([noted('a')]);
    await Promise.all([life.start(), life.start()]);
    await life.start();
    expect(done).toEqual(['start a']);
  });

  it('that fails goes no further, names the one at fault, and leaves the stop to its owner', async () => {
    const { done, noted } = notebook();
    const fault = new TypeError('no such slot');
    const faulty = noted('b', { start: () => Promise.reject(fault) });
    const { life, said } = lifeOf([noted('a'), faulty, noted('c')]);
    await expect(life.start()).rejects.toBe(fault);
    expect(done).toEqual(['start a']);
    expect(life.stopping.aborted).toBe(true);
    expect(said()).toEqual([['could not be started: b', { part: 'b', reason: 'no such slot' }]]);
    await life.stop();
    expect(done.slice(1)).toEqual(['stop c', 'stop b', 'stop a']);
  });

  it('that fails before there is a part goes no further either', async () => {
    const { done, noted } = notebook();
    const fault = new TypeError('no such part');
    const { life } = lifeOf([
      noted('a'),
      () => {
        throw fault;
      },
      noted('c'),
    ]);
    await expect(life.start()).rejects.toBe(fault);
    expect(life.stopping.aborted).toBe(true);
    await life.stop();
    expect(done).toEqual(['start a', 'stop c', 'stop a']);
  });

  it('goes no further once a stop is said to be near, and makes nothing more', async () => {
    const { done, noted } = notebook();
    const slow = deferred<void>();
    const made = vi.fn(() => []);
    const { life } = lifeOf([noted('a', { start: () => slow.promise }), noted('b'), made]);
    const started = life.start();
    life.beginStop();
    expect(life.stopping.aborted).toBe(true);
    slow.resolve();
    await started;
    expect(done).toEqual([]);
    expect(made).not.toHaveBeenCalled();
  });

  it.each(['succeeds', 'fails'] as const)(
    'a part whose start %s only after the stop is stopped after it, and that is no fault',
    async (how) => {
      const { done, noted } = notebook();
      const slow = deferred<void>();
      const late = noted('late', { start: () => slow.promise });
      const { life, said } = lifeOf([noted('a'), late, noted('c')]);
      const started = life.start();
      const settled = expect(started);
      const outcome =
        how === 'succeeds' ? settled.resolves.toBeUndefined() : settled.rejects.toThrow('closed');
      await pass();
      await life.stop();
      done.length = 0;
      if (how === 'succeeds') slow.resolve();
      else slow.reject(new Error('closed'));
      await outcome;
      expect(done).toEqual(['stop late']);
      expect(said()).toEqual([]);
    },
  );
});

describe('the stop of parts', () => {
  it('is from the last to the first, each when the one behind has ended, and once', async () => {
    const { done, noted } = notebook();
    const slow = deferred<void>();
    const { life } = lifeOf([noted('a'), noted('b', { stop: () => slow.promise })]);
    await life.start();
    const stops = Promise.all([life.stop(), life.stop()]);
    await pass(DEADLINE_MS - 1);
    expect(done).not.toContain('stop a');
    slow.resolve();
    await stops;
    await life.stop();
    expect(done.filter((each) => each === 'stop a')).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('also ends what never started, and starts nothing afterwards', async () => {
    const { done, noted } = notebook();
    const { life } = lifeOf([noted('a'), noted('b')]);
    await life.stop();
    await life.start();
    expect(done).toEqual(['stop b', 'stop a']);
  });

  it('waits no longer for a part than its deadline, which is said, and goes on', async () => {
    const { done, noted } = notebook();
    const hanging: Deferred<void> = deferred();
    const { life, said } = lifeOf([noted('a'), noted('the queues', { stop: () => hanging.promise })]);
    const stopped = life.stop();
    await pass(DEADLINE_MS);
    await stopped;
    expect(done).toEqual(['stop a']);
    const fields = { part: 'the queues', reason: `not done after ${DEADLINE_MS} ms` };
    expect(said()).toEqual([['stopping without waiting any longer for: the queues', fields]]);
    // vitest fails a run in which a rejection is never handled.
    hanging.reject(new Error('too late'));
    await pass();
    expect(said()).toHaveLength(1);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('Redis is away'))],
    [
      'throws',
      () => {
        throw new Error('Redis is away');
      },
    ],
  ])('goes on when one %s, which is said', async (_, stop) => {
    const { done, noted } = notebook();
    const { life, said } = lifeOf([noted('a'), noted('b', { stop })]);
    await expect(life.stop()).resolves.toBeUndefined();
    expect(done).toEqual(['stop a']);
    expect(said()).toEqual([[expect.stringMatching(/: b$/), { part: 'b', reason: 'Redis is away' }]]);
  });

  it('begins that of a reader in its turn, and waits for it last: connections that close end it', async () => {
    const { done, noted } = notebook();
    const read = deferred<void>();
    const stop = () => {
      done.push('stop reader');
      return read.promise.then(() => void done.push('reader ended'));
    };
    const connections = noted('connections', {
      stop: () => {
        done.push('stop connections');
        read.resolve();
      },
    });
    const { life, said } = lifeOf([connections, background('reader', { start() {}, stop }), noted('c')]);
    await life.stop();
    expect(done).toEqual(['stop c', 'stop reader', 'stop connections', 'reader ended']);
    expect(said()).toEqual([]);
  });

  it('does not mind that a reader fails before its end is waited for', async () => {
    const { noted } = notebook();
    const slow = noted('slow', { stop: () => new Promise((resolve) => setTimeout(resolve, 100)) });
    const reader = { start() {}, stop: () => Promise.reject(new Error('closed')) };
    const { life, said } = lifeOf([slow, background('reader', reader)]);
    const stopped = life.stop();
    await pass(100);
    await stopped;
    expect(said()).toEqual([[expect.stringMatching(/: reader$/), { part: 'reader', reason: 'closed' }]]);
  });
});

it('a change of the settings is told to those parts that hold a value of them', async () => {
  const told = vi.fn();
  const { noted } = notebook();
  const { life } = lifeOf([noted('a'), () => [noted('b', { settingsChanged: told })]]);
  const change = { names: ['loadSampleMs'] } as never;
  life.settingsChanged(change);
  expect(told).not.toHaveBeenCalled();
  await life.start();
  life.settingsChanged(change);
  expect(told).toHaveBeenCalledExactlyOnceWith(change);
});
