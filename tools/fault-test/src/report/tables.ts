import {
  type Cells,
  count,
  differenceLines,
  failedFor,
  fine,
  type LatencySummary,
  listed,
  lostLines,
  percent,
  type SyncMethod,
  tableOf,
  textOf,
} from '@hybrid-sync/trials';
import type { FaultTestReport } from '../fault-test.js';
import { type JournaledRatio, MAX_RATIO } from '../measure/journaled-ratio.js';
import type { PlannedFault } from '../schedule/make-schedule.js';
import type { RoundReport } from './round-report.js';

/** The report as tables for people, ending with the verdict. */
export function tablesOf(report: FaultTestReport): string {
  return [
    `Fault test of ${report.profile}, Redis ${report.topology}: ${report.rounds.length} rounds, ${report.rate} requests/s, seed ${report.seed}`,
    textOf([checksCells(report.rounds), writesCells(report.rounds), ratioCells(report)]),
    ...report.rounds.flatMap(failuresOf),
    registersLine(report.rounds),
    verdictOf(report),
  ].join('\n');
}

function checksCells(rounds: readonly RoundReport[]): Cells {
  return tableOf(
    'Checks after each round',
    rounds.map(({ round, schedule, rest, faultyAnswers, notReady, probes, recoveryMs, faults }) => ({
      round,
      'faults in order': schedule.faults.map(shortName).join(', '),
      keys: rest.comparison.compared,
      lost: rest.lostWrites.lost,
      differ: rest.comparison.differing,
      dead: rest.deadLetters,
      wrong: faultyAnswers.count,
      'not ready': notReady.length,
      'green s': (Math.max(0, ...probes.map(({ greenMs }) => greenMs)) / 1000).toFixed(1),
      'recovery s': (recoveryMs / 1000).toFixed(1),
      '': faults.length === 0 ? 'passed' : 'FAILED',
    })),
    2,
  );
}

function writesCells(rounds: readonly RoundReport[]): Cells {
  return tableOf(
    'Writes; ms from when they should have been sent: p50 / p99; "open": JOURNALED after the breakers had opened',
    rounds.map(({ round, writes, frozenMongodb, killedMongodb }) => {
      const share = (method: SyncMethod) =>
        percent(writes.methods[method] / Math.max(writes.acknowledged, 1));
      return {
        round,
        acked: writes.acknowledged,
        ASYNC: share('ASYNC_THREAD'),
        EVENT: share('EVENT_BASED'),
        JOURN: share('JOURNALED'),
        refused: writes.refused,
        'unansw.': writes.unanswered,
        'unexpl.': writes.unexplained,
        all: pair(writes.latency),
        freeze: pair(frozenMongodb.all),
        'freeze, open': pair(frozenMongodb.afterBreakers),
        kill: pair(killedMongodb.all),
        'kill, open': pair(killedMongodb.afterBreakers),
      };
    }),
  );
}

function ratioCells({ core, http, waitReplicas }: FaultTestReport): Cells {
  // What a bare write does beside, where journaled ones wait for replicas.
  const wait = waitReplicas === 0 ? '' : ` and WAIT ${waitReplicas}`;
  const row = (name: string, { journaled, bare, ratio, probes }: JournaledRatio) => [
    name,
    journaled.count,
    ...[journaled.p50, journaled.p99, bare.p50, bare.p99].map((ms) => ms.toFixed(2)),
    ratio.toFixed(2),
    probes,
  ];
  return {
    title: `Journaled write against a bare Redis SET of the same size${wait}, MongoDB frozen, breakers open; p99 at most ${MAX_RATIO} times`,
    head: ['', 'writes', 'p50 ms', 'p99 ms', 'bare p50 ms', 'bare p99 ms', 'p99 : p99', 'probes'],
    rows: [...(core === undefined ? [] : [row('in the core', core)]), row('over HTTP, all rounds', http)],
  };
}

function failuresOf({ round, writes, rest, faultyAnswers }: RoundReport): string[] {
  const list = (title: string, lines: readonly string[]) => listed(`Round ${round}: ${title}`, lines);
  return [
    ...list(
      'writes that failed',
      writes.reasons.map(({ reason, count }) => `${count} × ${reason}`),
    ),
    ...list('first writes that failed while all was up', writes.firstUnexplained),
    ...list('first faulty answers', faultyAnswers.first),
    ...list('first lost writes', lostLines(rest.lostWrites)),
    ...list('first differences', differenceLines(rest.comparison)),
  ];
}

function registersLine(rounds: readonly RoundReport[]): string {
  const sum = (of: 'keys' | 'answered' | 'unknown' | 'undecided') =>
    count(rounds.reduce((total, { registers }) => total + registers[of], 0));
  return (
    `Conditional writes: ${sum('answered')} answers on ${sum('keys')} keys, ${sum('unknown')} writes of unknown outcome; ` +
    `${rounds.flatMap(({ registers }) => registers.broken).length} keys not linearizable, ${sum('undecided')} undecided`
  );
}

function verdictOf({ faults, rounds }: FaultTestReport): string {
  if (faults.length > 0) return failedFor(faults);
  const sum = (of: (round: RoundReport) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const acknowledged = sum(({ writes }) => writes.acknowledged);
  const broughtAbout = sum(
    ({ schedule }) => schedule.faults.length + schedule.faults.filter((each) => each.within).length,
  );
  return `PASSED: ${broughtAbout} faults, ${count(acknowledged)} acknowledged writes, none lost, cache and shadow agree`;
}

/** `kill-mongodb (kill-redis)` for a fault with another one in its middle. */
function shortName({ fault, within }: PlannedFault): string {
  return within === undefined ? fault.kind : `${fault.kind} (${within.fault.kind})`;
}

function pair({ count: writes, p50, p99 }: LatencySummary): string {
  return writes === 0 ? '' : `${fine(p50)} / ${fine(p99)}`;
}
