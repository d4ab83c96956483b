import {
  differenceLines,
  failedFor,
  type LatencySummary,
  listed,
  lostLines,
  type MethodCounts,
  SYNC_METHODS,
  tableWith,
} from '@hybrid-sync/trials';
import type { RunReport } from './run-report.js';

/** The report as tables for people, ending with the verdict. */
export function tablesOf(report: RunReport): string {
  return [
    headingOf(report),
    latencyTable(report),
    ...(report.outage === undefined ? [] : [outageTable(report.outage)]),
    checksTable(report),
    ...listsOf(report),
    verdictOf(report),
  ].join('\n');
}

function headingOf({ profile, runId, seed, seconds, rate }: RunReport): string {
  return `Replay of ${profile}: ${rate} requests/s for ${seconds} s; run ${runId}, seed ${seed}`;
}

function latencyTable({ latency, operations, methods }: RunReport): string {
  const table = tableWith(['', 'answered', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms']);
  const row = (name: string, summary: LatencySummary, failed: number | '') => [
    name,
    count(summary.count),
    failed === '' ? '' : count(failed),
    ...[summary.p50, summary.p95, summary.p99, summary.max].map((ms) =>
      summary.count === 0 ? '' : ms.toFixed(1),
    ),
  ];
  table.push(
    row('get', operations.get, operations.get.failed),
    row('set', operations.set, operations.set.failed),
    row('delete', operations.delete, operations.delete.failed),
    ...SYNC_METHODS.map((method) => row(method, methods[method], '')),
    row('all', latency, operations.get.failed + operations.set.failed + operations.delete.failed),
  );
  return `Requests; latency counts from when a request should have been sent\n${table.toString()}`;
}

function outageTable({ seconds, methods }: NonNullable<RunReport['outage']>): string {
  const table = tableWith(['writes', ...SYNC_METHODS]);
  for (const phase of ['before', 'during', 'after'] as const) {
    table.push([phase, ...SYNC_METHODS.map((method) => share(methods[phase], method))]);
  }
  return `Method by part of the run; the fast path was away for ${seconds} s\n${table.toString()}`;
}

/** `12,345 (98.7 %)` */
function share(counts: MethodCounts, method: keyof MethodCounts): string {
  const total = SYNC_METHODS.reduce((sum, each) => sum + counts[each], 0);
  const percent = total === 0 ? 0 : (100 * counts[method]) / total;
  return `${count(counts[method])} (${percent.toFixed(1)} %)`;
}

function checksTable(report: RunReport): string {
  const { requests, reads, settle, comparison, lostWrites, orderFaults, deadLetters } = report;
  const table = tableWith(['check', '']);
  table.push(
    ['rate asked / achieved', `${report.rate} / ${report.achievedRate.toFixed(1)} per second`],
    ['requests planned / sent', `${count(requests.planned)} / ${count(requests.sent)}`],
    ['held back, too many in flight', count(report.heldBack)],
    [
      'reads: found / absent / not judged',
      [reads.found, reads.absent, reads.notJudged].map(count).join(' / '),
    ],
    ['wrong reads', count(reads.wrong)],
    ['versions that did not rise', count(orderFaults.count)],
    ['queues empty after', settle.settled ? `${(settle.elapsedMs / 1000).toFixed(1)} s` : 'not in time'],
    ['dead letters', count(deadLetters)],
    ['written keys looked up', count(lostWrites.checked)],
    ['acknowledged writes lost', count(lostWrites.lost)],
    ['keys compared, cache and shadow', count(comparison.compared)],
    ['mismatches', count(comparison.differing)],
  );
  return table.toString();
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

function count(value: number): string {
  return value.toLocaleString('en-US');
}
