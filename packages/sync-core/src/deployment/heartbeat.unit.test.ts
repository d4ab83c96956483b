import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.js';
import { living } from './living.js';
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

/** A heartbeat, and what its roster answers. */
function heartbeatUnderTest() {
  const log = pino({ level: 'silent' });
  const warn = vi.spyOn(log, 'warn');
  const answer = { now: 5, lookout: false, seen: 'much', pods: [] };
  const roster = { announce: vi.fn(async () => answer), withdraw: vi.fn(async () => undefined) };
  const heard = vi.fn(async () => undefined);
  const missed = vi.fn();
  const pace = { intervalMs: INTERVAL_MS, forgetAfterMs: FORGET_MS };
  const may = { lookOut: true };
  const heartbeat = new Heartbeat({
    id: 'me',
    word: () => WELL,
    roster,
    pace: () => pace,
    mayLookOut: () => may.lookOut,
    heard,
    missed,
    log,
  });
  return { heartbeat, roster, warn, heard, missed, answer, pace, may };
}

it('tells of this process again and again, and hands on what is heard', async () => {
  const { heartbeat, roster, heard, answer } = heartbeatUnderTest();
  heartbeat.start();
  await pass(0);
  expect(roster.announce).toHaveBeenCalledExactlyOnceWith('me', JSON.stringify(WELL), FORGET_MS, 3000);
  expect(heard).toHaveBeenCalledExactlyOnceWith(answer);
  await pass(INTERVAL_MS);
  expect(roster.announce).toHaveBeenCalledTimes(2);
});

it('asks for no lease of the lookout while it may not be that', async () => {
  const { heartbeat, roster, may } = heartbeatUnderTest();
  may.lookOut = false;
  heartbeat.start();
  await pass(0);
  expect(roster.announce).toHaveBeenLastCalledWith('me', JSON.stringify(WELL), FORGET_MS, 0);
});

it('waits for what is done with a beat before the next pause begins', async () => {
  const { heartbeat, roster, heard } = heartbeatUnderTest();
  heard.mockImplementationOnce(
    () => new Promise((resolve) => setTimeout(resolve, 3 * INTERVAL_MS, undefined)),
  );
  heartbeat.start();
  await pass(3 * INTERVAL_MS);
  expect(roster.announce).toHaveBeenCalledTimes(1);
  await pass(INTERVAL_MS);
  expect(roster.announce).toHaveBeenCalledTimes(2);
});

it('a shorter pause holds for the one that has begun', async () => {
  const { heartbeat, roster, pace } = heartbeatUnderTest();
  pace.intervalMs = 100 * INTERVAL_MS;
  heartbeat.start();
  await pass(INTERVAL_MS);
  pace.intervalMs = INTERVAL_MS;
  heartbeat.pauseChanged();
  await pass(0);
  expect(roster.announce).toHaveBeenCalledTimes(2);
});

it('tells how long Redis took, for as long as that says something', async () => {
  const { heartbeat, roster } = heartbeatUnderTest();
  expect(heartbeat.answeredMs(INTERVAL_MS)).toBeUndefined();
  heartbeat.start();
  await pass(0);
  expect(heartbeat.answeredMs(INTERVAL_MS)).toBeGreaterThanOrEqual(0);
  roster.announce.mockRejectedValue(new Error('away'));
  await pass(INTERVAL_MS + 1);
  expect(heartbeat.answeredMs(INTERVAL_MS)).toBeUndefined();
});

it.each([
  'not JSON',
  '{}',
  '{"activeThreads":-1,"maxThreads":1,"circuitBreakers":{"fast":"closed","outbox":"closed"}}',
])('what is not a pod of this kind is left out: %s', (word) => {
  const me = { id: 'me', ageMs: 0, word: JSON.stringify(WELL) };
  expect(living([me, { id: 'strange', ageMs: 0, word }], podWord)).toEqual([{ id: 'me', ageMs: 0, ...WELL }]);
});

it('says once that the others are not heard of, and tells of each such beat', async () => {
  const { heartbeat, roster, warn, missed } = heartbeatUnderTest();
  heartbeat.start();
  await pass(0);
  roster.announce.mockRejectedValue(new Error('away'));
  await pass(2 * INTERVAL_MS);
  expect(missed).toHaveBeenCalledTimes(2);
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
