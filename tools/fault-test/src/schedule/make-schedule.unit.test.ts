import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault, type PlannedFault } from './fault.js';
import { FULL, makeSchedule, mongodbAwayMs, SHORT } from './make-schedule.js';

const SEEDS = Array.from({ length: 300 }, (_, seed) => `${seed}`);
const ASYNC_TIMEOUT_MS = 2000;
const JOB_LOCK_MS = 10_000;

function allFaults(faults: readonly PlannedFault[]): Fault[] {
  return faults.flatMap(({ fault, within }) => (within === undefined ? [fault] : [fault, within.fault]));
}

describe.each([
  ['full', FULL, 110_000],
  ['short', SHORT, 70_000],
] as const)('a %s round', (_, lengths, longestMs) => {
  const schedules = SEEDS.map((seed) => makeSchedule(seed, 1, lengths));

  it('has every fault exactly once', () => {
    for (const { faults } of schedules) {
      expect(
        allFaults(faults)
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual([...FAULT_KINDS].sort());
    }
  });

  it('leaves a quiet time between two faults, and after the last one', () => {
    for (const { faults, lengthMs } of schedules) {
      faults.forEach(({ atMs, lengthMs: length }, at) => {
        const next = faults[at + 1]?.atMs ?? lengthMs;
        expect(next - (atMs + length)).toBeGreaterThanOrEqual(lengths.gapMs[0] - 1);
      });
    }
  });

  it('has a fault within another one only where MongoDB is away, and that one begins and is felt there', () => {
    for (const { faults } of schedules) {
      for (const { fault, within } of faults) {
        if (within === undefined) continue;
        expect(['kill-api', 'kill-redis']).toContain(within.fault.kind);
        expect(within.afterMs).toBeGreaterThan(1000);
        expect(within.afterMs).toBeLessThan(mongodbAwayMs(fault) - 1000);
      }
    }
  });

  it('is bounded', () => {
    for (const { faults, lengthMs } of schedules) {
      expect(faults[0]?.atMs).toBeGreaterThan(0);
      expect(lengthMs).toBeLessThan(longestMs);
    }
  });

  it('freezes an api pod for longer than clients wait for the fast path', () => {
    for (const fault of schedules.flatMap(({ faults }) => allFaults(faults))) {
      if (fault.kind === 'freeze-api') expect(fault.frozenMs).toBeGreaterThan(ASYNC_TIMEOUT_MS);
    }
  });
});

it('the same seed and round give the same schedule, others give others', () => {
  expect(makeSchedule('7', 3, FULL)).toEqual(makeSchedule('7', 3, FULL));
  expect(makeSchedule('7', 3, FULL)).not.toEqual(makeSchedule('7', 4, FULL));
  expect(makeSchedule('7', 3, FULL)).not.toEqual(makeSchedule('8', 3, FULL));
});

it('rounds differ in order, in what is hit, and in what falls together', () => {
  const schedules = SEEDS.map((seed) => makeSchedule(seed, 1, FULL));
  const kinds = (schedule: (typeof schedules)[number]) =>
    schedule.faults.map(({ fault }) => fault.kind).join();
  expect(new Set(schedules.map(kinds)).size).toBeGreaterThan(100);
  const faults = schedules.flatMap(({ faults: planned }) => planned);
  const within = (kind: Fault['kind']) => (planned: PlannedFault) => planned.within?.fault.kind === kind;
  expect(faults.some(within('kill-api'))).toBe(true);
  expect(faults.some(within('kill-redis'))).toBe(true);
  const frozen = faults.flatMap(({ fault }) => (fault.kind === 'freeze-api' ? [fault.frozenMs] : []));
  expect(frozen.some((ms) => ms > JOB_LOCK_MS)).toBe(true);
  expect(frozen.some((ms) => ms < JOB_LOCK_MS)).toBe(true);
  const parts = faults.flatMap(({ fault }) => (fault.kind === 'freeze-mongodb' ? [fault.part] : []));
  expect(new Set(parts)).toEqual(new Set(['engine', 'gateway', 'both']));
});
