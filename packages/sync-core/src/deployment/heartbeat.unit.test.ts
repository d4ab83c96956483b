import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { Heartbeat } from './heartbeat.js';
import { type PodWord, podWord } from './pod-word.js';

const INTERVAL_MS = 100;
const FORGET_MS = 2000;

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const WELL: PodWord = {
  activeThreads: 3,
  maxThreads: 10,
  circuitBreakers: { fast: 'closed', outbox: 'open' },
};

/** A heartbeat with a roster on which the test may write what other pods say. */
function heartbeatUnderTest() {
  const others: { id: string; ageMs: number; word: string }[] = [];
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const roster = {
    announce: vi.fn(async (id: string, word: string, _forgetAfterMs: number) => [
      { id, ageMs: 0, word },
      ...others,
    ]),
    withdraw: vi.fn(async (_id: string) => undefined),
  };
  const heartbeat = new Heartbeat({
    id: 'me',
    word: () => WELL,
    schema: podWord,
    roster,
    pace: () => ({ intervalMs: INTERVAL_MS, forgetAfterMs: FORGET_MS }),
    log,
  });
  return { heartbeat, roster, others, warn };
}

it('knows of no pod before the first beat', () => {
  expect(heartbeatUnderTest().heartbeat.pods()).toBeUndefined();
});

it('may be waited for until the first beat has ended', async () => {
  const { heartbeat, roster } = heartbeatUnderTest();
  expect(await heartbeat.known()).toBeUndefined();
  const beat = deferred<{ id: string; ageMs: number; word: string }[]>();
  roster.announce.mockReturnValueOnce(beat.promise);
  heartbeat.start();
  const known = heartbeat.known();
  beat.resolve([{ id: 'me', ageMs: 0, word: JSON.stringify(WELL) }]);
  expect(await known).toEqual([{ id: 'me', ageMs: 0, ...WELL }]);
});

it('tells of this pod again and again, and hears of all', async () => {
  const { heartbeat, roster, others } = heartbeatUnderTest();
  heartbeat.start();
  await pass(0);
  expect(roster.announce).toHaveBeenCalledExactlyOnceWith('me', JSON.stringify(WELL), FORGET_MS);
  expect(heartbeat.pods()).toEqual([{ id: 'me', ageMs: 0, ...WELL }]);
  others.push({ id: 'other', ageMs: 7, word: JSON.stringify({ ...WELL, activeThreads: 9 }) });
  await pass(INTERVAL_MS);
  expect(heartbeat.pods()).toEqual([
    { id: 'me', ageMs: 0, ...WELL },
    { id: 'other', ageMs: 7, ...WELL, activeThreads: 9 },
  ]);
});

it.each([
  'not JSON',
  '{}',
  '{"activeThreads":-1,"maxThreads":1,"circuitBreakers":{"fast":"closed","outbox":"closed"}}',
])('leaves out what is not a pod of this kind: %s', async (word) => {
  const { heartbeat, others } = heartbeatUnderTest();
  others.push({ id: 'strange', ageMs: 0, word });
  heartbeat.start();
  await pass(0);
  expect(heartbeat.pods()?.map(({ id }) => id)).toEqual(['me']);
});

it('says once that the others are not heard of; what was heard last ages, until nothing is known', async () => {
  const { heartbeat, roster, warn } = heartbeatUnderTest();
  heartbeat.start();
  await pass(0);
  roster.announce.mockRejectedValue(new Error('away'));
  await pass(FORGET_MS);
  expect(heartbeat.pods()).toHaveLength(1);
  await pass(1);
  expect(heartbeat.pods()).toBeUndefined();
  expect(warn).toHaveBeenCalledTimes(1);
});

it('takes this pod off the roster when it stops, and says no more', async () => {
  const { heartbeat, roster } = heartbeatUnderTest();
  heartbeat.start();
  await heartbeat.stop();
  expect(roster.withdraw).toHaveBeenCalledExactlyOnceWith('me');
  await pass(10 * INTERVAL_MS);
  expect(roster.announce).toHaveBeenCalledTimes(1);
});

it('stops also where the roster can not be reached', async () => {
  const { heartbeat, roster } = heartbeatUnderTest();
  roster.withdraw.mockRejectedValue(new Error('away'));
  await expect(heartbeat.stop()).resolves.toBeUndefined();
});

it('says again that the others are not heard of when that is so a second time', async () => {
  const { heartbeat, roster, warn } = heartbeatUnderTest();
  heartbeat.start();
  for (let outages = 0; outages < 2; outages++) {
    roster.announce.mockRejectedValueOnce(new Error('away'));
    await pass(2 * INTERVAL_MS);
  }
  expect(warn).toHaveBeenCalledTimes(2);
});

it('is not disturbed by a beat that fails while it stops', async () => {
  const { heartbeat, roster, warn } = heartbeatUnderTest();
  roster.announce.mockRejectedValue(new Error('the connection is closed'));
  heartbeat.start();
  await heartbeat.stop();
  expect(roster.withdraw).toHaveBeenCalledOnce();
  expect(warn).not.toHaveBeenCalled();
});
