import { expect, it } from 'vitest';
import { mayFail, type WriteRecord } from '../load/write-record.js';
import { DowntimeLog } from './downtime.js';

function logOf(subject: 'api-0' | 'redis', from: number, until: number): DowntimeLog {
  const times = [from, until];
  const log = new DowntimeLog(() => times.shift() ?? until);
  log.begin(subject, 'kill')();
  return log;
}

const write = (pods: (0 | 1)[], intendedAt: number, endedAt: number): WriteRecord => ({
  ...{ pods, intendedAt, endedAt },
  key: 'k',
  outcome: 'unanswered',
  reason: '',
});

it('a write may fail that touched the time in which its pod was down, and a moment after it', () => {
  const log = logOf('api-0', 5000, 7000);
  expect(mayFail(write([0], 4000, 5000), log)).toBe(true);
  expect(mayFail(write([0], 7500, 8000), log)).toBe(true);
  expect(mayFail(write([0], 8001, 9000), log)).toBe(false);
  expect(mayFail(write([0], 1000, 4999), log)).toBe(false);
  expect(mayFail(write([1], 5500, 6000), log)).toBe(false);
  expect(mayFail(write([1, 0], 5500, 6000), log)).toBe(true);
});

it('any write may fail while Redis is down', () => {
  expect(mayFail(write([1], 5500, 6000), logOf('redis', 5000, 7000))).toBe(true);
});

it('what is not back is down', () => {
  const log = new DowntimeLog(() => 100);
  log.begin('redis', 'kill');
  expect(log.overlaps(['redis'], 1e9, 1e9)).toBe(true);
  expect(log.overlaps(['redis'], 0, 99)).toBe(false);
});
