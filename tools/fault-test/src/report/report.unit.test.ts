import type { RestFindings } from '@hybrid-sync/trials';
import { describe, expect, it } from 'vitest';
import type { FaultTestReport } from '../fault-test.js';
import type { WriteRecord } from '../load/write-record.js';
import { ratioOf } from '../measure/journaled-ratio.js';
import { SHORT } from '../schedule/fault-lengths.js';
import { makeSchedule } from '../schedule/make-schedule.js';
import { DowntimeLog } from '../system/downtime.js';
import { type RoundSources, roundReportOf } from './round-report.js';
import { tablesOf } from './tables.js';

const WELL: RestFindings = {
  settle: { settled: true, elapsedMs: 900, left: { journal: 0, events: 0, fastJobs: 0 } },
  lostWrites: { checked: 2, lost: 0, first: [] },
  comparison: { compared: 2, differing: 0, differences: [] },
  deadLetters: 0,
};

const write = (outcome: WriteRecord['outcome'], intendedAt: number, ms: number): WriteRecord => ({
  ...{ key: 'k', outcome, intendedAt, endedAt: intendedAt + ms, pods: [0] },
  reason: outcome === 'refused' ? 'kv_set: CACHE_UNAVAILABLE' : '',
});

function sources(changes: Partial<RoundSources> = {}): RoundSources {
  const nothing = { all: [], afterBreakers: [], bare: [] };
  return {
    round: 1,
    schedule: makeSchedule('1', 1, SHORT),
    loadMs: 50_000,
    recoveryMs: 1200,
    writes: [write('ASYNC_THREAD', 0, 10), write('JOURNALED', 0, 20)],
    faulty: [],
    faultyCount: 0,
    frozenMongodb: nothing,
    killedMongodb: { all: [5, 7], afterBreakers: [5], bare: [1] },
    downtimes: new DowntimeLog(() => 0),
    redisLost: 0,
    probes: [{ name: 'api-0', what: 'writes', greenMs: 9000, fromMs: 0 }],
    registers: { keys: 3, answered: 100, unknown: 2, undecided: 0, broken: [] },
    findings: [],
    rest: WELL,
    notReady: [],
    exits: [],
    ...changes,
  };
}

function reportWith(round: RoundSources): FaultTestReport {
  const rounds = [roundReportOf(round)];
  const ratio = ratioOf([2], [1]);
  const faults = rounds.flatMap((each) => each.faults);
  return {
    ...{ seed: '1', topology: 'single' as const, waitReplicas: 0, profile: 'cluster14', rate: 150 },
    core: ratio,
    http: ratio,
    rounds,
    faults,
  };
}

describe('a round in which all went well', () => {
  it('has no faults, counts its writes, and measures them from when they should have been sent', () => {
    expect(roundReportOf(sources())).toMatchObject({
      faults: [],
      writes: {
        acknowledged: 2,
        methods: { ASYNC_THREAD: 1, EVENT_BASED: 0, JOURNALED: 1 },
        latency: { count: 2, p50: expect.closeTo(10, 1), max: expect.closeTo(20, 1) },
      },
      killedMongodb: { afterBreakers: { count: 1 } },
    });
  });

  it('passes in the tables, with a row for the round', () => {
    const text = tablesOf(reportWith(sources()));
    expect(text).toMatch(/│ 1 .*passed/);
    expect(text).toMatch(/PASSED: .* 2 acknowledged writes, none lost/);
    expect(text).toContain('50.0 %');
    expect(text).toContain('100 answers on 3 keys, 2 writes of unknown outcome; 0 keys not linearizable');
  });
});

it('the tables say what journaled writes are compared with: what waits for as many replicas', () => {
  const report = reportWith(sources());
  expect(tablesOf(report)).toContain('a bare Redis SET of the same size, MongoDB frozen');
  expect(tablesOf({ ...report, waitReplicas: 2 })).toContain(
    'SET of the same size and WAIT 2, MongoDB frozen',
  );
});

describe('a round fails', () => {
  it.each<[string, Partial<RoundSources>]>([
    ['3 acknowledged writes are lost', { rest: { ...WELL, lostWrites: { checked: 9, lost: 3, first: [] } } }],
    [
      'cache and shadow differ on 2 keys',
      { rest: { ...WELL, comparison: { compared: 9, differing: 2, differences: [] } } },
    ],
    ['1 events are dead letters', { rest: { ...WELL, deadLetters: 1 } }],
    ['1 answers broke a promise', { faulty: ['a wrong read'], faultyCount: 1 }],
    ['not ready in the end: api-1', { notReady: ['api-1'] }],
    ['projector-0 ended unexpectedly', { exits: ['projector-0 ended unexpectedly'] }],
    ['1 writes failed although', { writes: [write('ASYNC_THREAD', 0, 1), write('refused', 9000, 1)] }],
    ['no write was acknowledged', { writes: [] }],
    [
      'projector-1 said ready for 10.5 s while drains of slot 7 failed, from 42.0 s on',
      { probes: [{ name: 'projector-1', what: 'drains', greenMs: 10_500, fromMs: 42_000, slot: 7 }] },
    ],
    [
      'what clients were told of k is no linearizable history',
      {
        registers: {
          ...{ keys: 3, answered: 9, unknown: 0, undecided: 0 },
          broken: ['what clients were told of k is no linearizable history'],
        },
      },
    ],
    ['the journal did not shrink', { findings: ['the journal did not shrink'] }],
    [
      'the queues still held 4 journal entries',
      {
        rest: {
          ...WELL,
          settle: { settled: false, elapsedMs: 120_000, left: { journal: 4, events: 0, fastJobs: 0 } },
        },
      },
    ],
  ])('when %s', (sentence, changes) => {
    const report = reportWith(sources(changes));
    expect(report.faults).toEqual([expect.stringContaining(sentence)]);
    expect(tablesOf(report)).toContain(`FAILED:\n  ${report.faults[0]}`);
  });

  it('and says so when Redis itself had lost writes', () => {
    const lost = { ...WELL, lostWrites: { checked: 9, lost: 3, first: [] } };
    expect(roundReportOf(sources({ rest: lost, redisLost: 7 })).faults).toHaveLength(2);
    expect(roundReportOf(sources({ redisLost: 7 })).faults).toEqual([]);
  });
});

it('a write that fails while Redis is down is counted, and no fault', () => {
  const downtimes = new DowntimeLog(() => 8900);
  downtimes.begin('redis', 'kill-redis');
  const writes = [write('ASYNC_THREAD', 0, 1), write('refused', 9000, 1)];
  expect(roundReportOf(sources({ writes, downtimes }))).toMatchObject({
    faults: [],
    writes: { refused: 1, unexplained: 0, reasons: [{ count: 1 }] },
  });
});

it('a write that fails while all is up is named, with the downtime before it', () => {
  const downtimes = new DowntimeLog(() => 4000);
  downtimes.begin('redis', 'hand-over')();
  const writes = [write('ASYNC_THREAD', 0, 1), write('refused', 9000, 1)];
  const text = tablesOf(reportWith(sources({ writes, downtimes })));
  expect(text).toContain('first writes that failed while all was up');
  expect(text).toMatch(/refused: .* by api-\d in \d\.\d s, 5\.0 s after redis was down \(hand-over\)/);
});
