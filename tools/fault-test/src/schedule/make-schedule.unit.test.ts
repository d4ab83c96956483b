import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Fault, kindsOf } from '../faults/kinds.js';
import { TOPOLOGIES } from '../system/topology.js';
import { FULL, SHORT } from './fault-lengths.js';
import { kindsOfRound, makeSchedule, mongodbAwayMs, type PlannedFault } from './make-schedule.js';

const SEEDS = Array.from({ length: 300 }, (_, seed) => `${seed}`);
const ASYNC_TIMEOUT_MS = 2000;
const JOB_LOCK_MS = 10_000;

function allFaults(faults: readonly PlannedFault[]): Fault[] {
  return faults.flatMap(({ fault, within }) => (within === undefined ? [fault] : [fault, within.fault]));
}

describe.each([
  ['full', FULL, 330_000],
  ['short', SHORT, 70_000],
] as const)('a %s round', (_, lengths, longestMs) => {
  const schedules = SEEDS.map((seed) => makeSchedule(seed, 1, lengths));

  it('has every fault of its sort exactly once', () => {
    for (const { faults } of schedules) {
      expect(
        allFaults(faults)
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual([...lengths.kinds].sort());
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

it('every fault is one of some topology, and two rounds of each have all of its own', () => {
  expect(new Set(TOPOLOGIES.flatMap(kindsOf))).toEqual(new Set(FAULT_KINDS));
  for (const topology of TOPOLOGIES) {
    const kinds = kindsOf(topology);
    const rounds = [1, 2].map((round) => makeSchedule('1', round, FULL, kindsOfRound('1', round, kinds)));
    const made = rounds.flatMap(({ faults }) => allFaults(faults)).map(({ kind }) => kind);
    expect(made.sort()).toEqual([...kinds].sort());
  }
});

it('the same seed and round give the same schedule, others give others', () => {
  expect(makeSchedule('7', 3, FULL)).toEqual(makeSchedule('7', 3, FULL));
  expect(makeSchedule('7', 3, FULL)).not.toEqual(makeSchedule('7', 4, FULL));
  expect(makeSchedule('7', 3, FULL)).not.toEqual(makeSchedule('8', 3, FULL));
});

it('has only the faults that were asked for', () => {
  const { faults } = makeSchedule('1', 1, SHORT, ['fail-over', 'kill-mongodb']);
  expect(
    allFaults(faults)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['fail-over', 'kill-mongodb']);
});

it('a Redis that takes the place of another has a clock that is ahead in some rounds, behind in others', () => {
  const ahead = SEEDS.flatMap((seed) => makeSchedule(seed, 1, FULL, ['replace-redis']).faults).map(
    ({ fault }) => (fault.kind === 'replace-redis' ? fault.aheadMs : 0),
  );
  expect(Math.max(...ahead)).toBeGreaterThan(20_000);
  expect(Math.min(...ahead)).toBeLessThan(-20_000);
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

it('two rounds have every fault once between them, the next two in another way', () => {
  const of = (round: number) => kindsOfRound('1', round, FULL.kinds);
  expect([...of(1), ...of(2)].sort()).toEqual([...FULL.kinds].sort());
  expect([...of(3), ...of(4)].sort()).toEqual([...FULL.kinds].sort());
  expect(of(1).sort()).not.toEqual(of(3).sort());
  expect(of(1)).toHaveLength(7);
});
