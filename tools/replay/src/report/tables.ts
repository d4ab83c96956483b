import {
  type Cells,
  count,
  differenceLines,
  failedFor,
  type LatencySummary,
  listed,
  lostLines,
  type MethodCounts,
  percent,
  SYNC_METHODS,
  seconds,
  textOf,
} from '@hybrid-sync/trials';
import type { RunReport } from './run-report.js';

/** The report as tables for people, ending with the verdict. */
export function tablesOf(report: RunReport): string {
  return [
    headingOf(report),
    textOf([
      latencyCells(report),
      ...(report.outage === undefined ? [] : [outageCells(report.outage)]),
      checksCells(report),
    ]),
    ...listsOf(report),
    verdictOf(report),
  ].join('\n');
}

function headingOf({ profile, runId, seed, seconds, rate }: RunReport): string {
  return `Replay of ${profile}: ${rate} requests/s for ${seconds} s; run ${runId}, seed ${seed}`;
}

function latencyCells({ latency, operations, methods }: RunReport): Cells {
  const row = (name: string, summary: LatencySummary, failed: number | '') => [
    name,
    count(summary.count),
    failed === '' ? '' : count(failed),
    ...[summary.p50, summary.p95, summary.p99, summary.max].map((ms) =>
      summary.count === 0 ? '' : ms.toFixed(1),
    ),
  ];
  const all = Object.entries(operations);
  const failed = all.reduce((sum, [, each]) => sum + each.failed, 0);
  return {
    title: 'Requests; latency counts from when a request should have been sent',
    head: ['', 'answered', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    rows: [
      ...all.map(([operation, each]) => row(operation, each, each.failed)),
      ...SYNC_METHODS.map((method) => row(method, methods[method], '')),
      row('all', latency, failed),
    ],
  };
}

function outageCells({ seconds, methods }: NonNullable<RunReport['outage']>): Cells {
  return {
    title: `Method by part of the run; the fast path was away for ${seconds} s`,
    head: ['writes', ...SYNC_METHODS],
    rows: Object.entries(methods).map(([phase, counts]) => [
      phase,
      ...SYNC_METHODS.map((method) => share(counts, method)),
    ]),
  };
}

/** `12,345 (98.7 %)` */
function share(counts: MethodCounts, method: keyof MethodCounts): string {
  const total = SYNC_METHODS.reduce((sum, each) => sum + counts[each], 0);
  return `${count(counts[method])} (${percent(counts[method] / Math.max(total, 1))})`;
}

function checksCells(report: RunReport): Cells {
  const { requests, reads, settle, comparison, lostWrites, orderFaults, deadLetters } = report;
  return {
    title: 'Checks',
    head: ['check', ''],
    rows: [
      ['rate asked / achieved', `${report.rate} / ${report.achievedRate.toFixed(1)} per second`],
      ['requests planned / sent', `${count(requests.planned)} / ${count(requests.sent)}`],
      ['held back, too many in flight', count(report.heldBack)],
      [
        'reads: found / absent / not judged',
        [reads.found, reads.absent, reads.notJudged].map(count).join(' / '),
      ],
      ['wrong reads', count(reads.wrong)],
      ['versions that did not rise', count(orderFaults.count)],
      ['queues empty after', settle.settled ? seconds(settle.elapsedMs) : 'not in time'],
      ['dead letters', count(deadLetters)],
      ['written keys looked up', count(lostWrites.checked)],
      ['acknowledged writes lost', count(lostWrites.lost)],
      ['keys compared, cache and shadow', count(comparison.compared)],
      ['mismatches', count(comparison.differing)],
    ],
  };
}

function listsOf({ errors, reads, orderFaults, lostWrites, comparison }: RunReport): string[] {
  return [
    ...listed(
      'Failed requests',
      errors.map(({ error, count: times }) => `${count(times)} × ${error}`),
    ),
    ...listed(
      'First wrong reads',
      reads.firstWrong.map(({ key, reason }) => `${key}: ${reason}`),
    ),
    ...listed(
      'First versions that did not rise',
      orderFaults.first.map(({ key, reason }) => `${key}: ${reason}`),
    ),
    ...listed('First lost writes', lostLines(lostWrites)),
    ...listed('First mismatches', differenceLines(comparison)),
  ];
}

function verdictOf({ faults }: RunReport): string {
  if (faults.length === 0) return 'PASSED: nothing lost, nothing wrong, cache and shadow agree';
  return failedFor(faults);
}
