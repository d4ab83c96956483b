import type { ToolResult } from '@hybrid-sync/tool-contract';
import { expect, it } from 'vitest';
import { podRow, projectorRow, sumsOf } from './pods-figures.js';

type Statistics = ToolResult<'hybrid_sync_stats'>;
type Pod = NonNullable<Statistics['pods']>[number];

const pod = (said: Partial<Pod> = {}): Pod => ({
  id: 'api-0-17-ab12cd',
  ageMs: 200,
  activeThreads: 2,
  maxThreads: 10,
  circuitBreakers: { fast: 'closed', outbox: 'closed' },
  writesPerSec: { ASYNC_THREAD: 75, EVENT_BASED: 20, JOURNALED: 5, refused: 0 },
  p99Ms: 12,
  failing: null,
  ...said,
});
const FORMER = { writesPerSec: undefined, p99Ms: undefined, failing: undefined };
const sums = (pods: Pod[] | null, projectors: Statistics['projectors'] = []) =>
  sumsOf({
    pods,
    projectors,
    outboxEvents: { unprocessed: 4, deadLetters: 0, countedUpTo: 10_000 },
    journal: { pending: 3 },
  } as unknown as Statistics);

it('a pod is a row with its state, its writes and its workers', () => {
  expect(podRow(pod())).toEqual({
    id: 'api-0-17-ab12cd',
    severity: 'good',
    cells: ['api-0-17-ab12cd', '✓ writes succeed', '100', '75 %', '0', '12 ms', '2 of 10', '0 s ago'],
  });
});

it('a pod whose writes fail, or whose breaker is not closed, says so', () => {
  expect(podRow(pod({ failing: { cause: 'TIMEOUT', forMs: 7200 } }))).toMatchObject({
    severity: 'bad',
    cells: ['api-0-17-ab12cd', '✕ writes fail, 7 s (TIMEOUT)', ...Array(6).fill(expect.any(String))],
  });
  const { severity, cells } = podRow(pod({ circuitBreakers: { fast: 'half-open', outbox: 'open' } }));
  expect([severity, cells[1]]).toEqual(['warning', '▲ breaker: fast path half-open, outbox open']);
});

it('what a pod of a former version does not say is not taken for zero', () => {
  expect(podRow(pod(FORMER)).cells.slice(2, 6)).toEqual(['–', '–', '–', '–']);
  expect(sums([pod(), pod(FORMER)]).writes).toBe('≥ 100');
});

it('the sums are of all pods and projectors, and of nothing where nothing was heard', () => {
  const projectors = [4.5, 2].map((projectedPerSec, index) => ({
    id: `p-${index}`,
    ageMs: 1,
    draining: 1,
    maxDrains: 4,
    failing: null,
    projectedPerSec,
  }));
  expect(sums([pod(), pod({ id: 'other', p99Ms: 80 })], projectors)).toEqual({
    pods: '2',
    projectors: '2',
    writes: '200',
    fast: '75 %',
    refused: '0',
    latency: '80 ms',
    workers: '4 of 20',
    projected: '6.5',
    waiting: '7',
  });
  expect(sums(null, null)).toMatchObject({ pods: '–', projectors: '–', writes: '–', projected: '–' });
});

it('a projector whose drains fail says of what, and for how long', () => {
  const projector = {
    id: 'p',
    ageMs: 3000,
    draining: 0,
    maxDrains: 4,
    failing: { cause: 'TIMEOUT', forMs: 9000 },
  };
  expect(projectorRow(projector)).toEqual({
    id: 'p',
    severity: 'bad',
    cells: ['p', '✕ drains fail, 9 s (TIMEOUT)', '–', '0 of 4', '3 s ago'],
  });
});
