import { differenceLines, failedFor, listed, lostLines, SYNC_METHODS, tableWith } from '@hybrid-sync/trials';
import type { FaultTestReport } from '../fault-test.js';
import { type JournaledRatio, MAX_RATIO } from '../measure/journaled-ratio.js';
import type { Latencies } from '../measure/latencies.js';
import type { PlannedFault } from '../schedule/fault.js';
import type { RoundReport } from './round-report.js';

/** The report as tables for people, ending with the verdict. */
export function tablesOf(report: FaultTestReport): string {
  return [
    `Fault test of ${report.profile}, Redis ${report.topology}: ${report.rounds.length} rounds, ${report.rate} requests/s, seed ${report.seed}`,
    'Checks after each round',
    checksTable(report.rounds),
    'Writes; ms from when they should have been sent: p50 / p99; "open": JOURNALED after the breakers had opened',
    writesTable(report.rounds),
    `Journaled write against a bare Redis SET of the same size, MongoDB frozen, breakers open; p99 at most ${MAX_RATIO} times`,
    ratioTable(report),
    ...report.rounds.flatMap(failuresOf),
    registersLine(report.rounds),
    verdictOf(report),
  ].join('\n');
}

function checksTable(rounds: readonly RoundReport[]): string {
  const table = tableWith(
    [
      'round',
      'faults in order',
      'keys',
      'lost',
      'differ',
      'dead',
      'wrong',
      'not ready',
      'green s',
      'recovery s',
      '',
    ],
    2,
  );
  for (const { round, schedule, rest, faultyAnswers, notReady, probes, recoveryMs, faults } of rounds) {
    table.push([
      round,
      schedule.faults.map(shortName).join(', '),
      rest.comparison.compared,
      rest.lostWrites.lost,
      rest.comparison.differing,
      rest.deadLetters,
      faultyAnswers.count,
      notReady.length,
      (Math.max(0, ...probes.map(({ greenMs }) => greenMs)) / 1000).toFixed(1),
      (recoveryMs / 1000).toFixed(1),
      faults.length === 0 ? 'passed' : 'FAILED',
    ]);
  }
  return table.toString();
}

function writesTable(rounds: readonly RoundReport[]): string {
  const table = tableWith([
    ...['round', 'acked', 'ASYNC', 'EVENT', 'JOURN', 'refused', 'unansw.', 'unexpl.'],
    ...['all', 'freeze', 'freeze, open', 'kill', 'kill, open'],
  ]);
  for (const { round, writes, frozenMongodb, killedMongodb } of rounds) {
    table.push([
      round,
      writes.acknowledged,
      ...SYNC_METHODS.map((method) => percent(writes.methods[method], writes.acknowledged)),
      writes.refused,
      writes.unanswered,
      writes.unexplained,
      pair(writes.latency),
      pair(frozenMongodb.all),
      pair(frozenMongodb.afterBreakers),
      pair(killedMongodb.all),
      pair(killedMongodb.afterBreakers),
    ]);
  }
  return table.toString();
}

function ratioTable({ core, http }: Pick<FaultTestReport, 'core' | 'http'>): string {
  const table = tableWith([
    '',
    'writes',
    'p50 ms',
    'p99 ms',
    'bare p50 ms',
    'bare p99 ms',
    'p99 : p99',
    'probes',
  ]);
  const row = (name: string, { journaled, bare, ratio, probes }: JournaledRatio) => [
    name,
    journaled.count,
    ...[journaled.p50, journaled.p99, bare.p50, bare.p99].map((ms) => ms.toFixed(2)),
    ratio.toFixed(2),
    probes,
  ];
  if (core !== undefined) table.push(row('in the core', core));
  table.push(row('over HTTP, all rounds', http));
  return table.toString();
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
    rounds.reduce((total, { registers }) => total + registers[of], 0).toLocaleString('en-US');
  return (
    `Conditional writes: ${sum('answered')} answers on ${sum('keys')} keys, ${sum('unknown')} writes of unknown outcome; ` +
    `${rounds.flatMap(({ registers }) => registers.broken).length} keys not linearizable, ${sum('undecided')} undecided`
  );
}

function verdictOf({ faults, rounds }: FaultTestReport): string {
  if (faults.length > 0) return failedFor(faults);
  const sum = (of: (round: RoundReport) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const acknowledged = sum(({ writes }) => writes.acknowledged);
  const count = sum(
    ({ schedule }) => schedule.faults.length + schedule.faults.filter((each) => each.within).length,
  );
  return `PASSED: ${count} faults, ${acknowledged.toLocaleString('en-US')} acknowledged writes, none lost, cache and shadow agree`;
}

/** `kill-mongodb (kill-redis)` for a fault with another one in its middle. */
function shortName({ fault, within }: PlannedFault): string {
  return within === undefined ? fault.kind : `${fault.kind} (${within.fault.kind})`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)}%`;
}

function pair({ count, p50, p99 }: Latencies): string {
  return count === 0 ? '' : `${ms(p50)} / ${ms(p99)}`;
}

function ms(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}
