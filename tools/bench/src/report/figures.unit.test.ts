import { describe, expect, it } from 'vitest';
import type { RowName } from '../rows/catalogue.js';
import { boundOf, FIGURES, type Figure, isOfRatio, ratiosOf, reaches } from './figures.js';
import type { OtherFigures } from './other-figures.js';
import type { RowResult } from './row-result.js';

function row(name: RowName, clients: number, mutationsPerSecond: number, p50Ms = 1, p99Ms = 1): RowResult {
  return { name, clients, mutationsPerSecond, p50Ms, p99Ms };
}

function bulkWrite(inFlight: number, batch: number, mutationsPerSecond: number): RowResult {
  return { ...row('bulk-write', inFlight * batch, mutationsPerSecond), inFlight, batch };
}

const ROWS = [
  bulkWrite(1, 100, 9000),
  bulkWrite(1, 500, 12_000),
  bulkWrite(4, 125, 18_000),
  bulkWrite(1, 2000, 10_000),
  row('direct-write', 1, 1000, 2, 9),
  row('direct-write', 100, 2000, 50, 80),
  row('one-job-per-mutation', 100, 1000),
  row('core', 1, 500, 3, 9),
  { ...row('core', 100, 8000, 10, 20), podUs: 60 },
  row('core', 500, 9000),
  row('core-no-metrics', 500, 10_000),
  { ...row('bare-route', 100, 20_000), podUs: 40 },
  { ...row('http', 100, 5000), podUs: 160 },
  { ...row('http-bulk', 500, 7200), inFlight: 5, batch: 100 },
  row('bare-get', 50, 30_000),
  row('redis-port-get', 50, 15_000),
  row('bare-get', 800, 100_000),
  row('redis-port-get', 800, 25_000),
  row('bare-set', 50, 20_000),
  row('redis-port-set', 50, 5000),
  row('bare-set', 800, 80_000),
  row('redis-port-set', 800, 8000),
  row('bare-set-one-key', 50, 20_000),
  row('redis-port-set-one-key', 50, 8000),
  row('bare-set-one-key', 800, 80_000),
  row('redis-port-set-one-key', 800, 40_000),
  row('one-job-no-store', 500, 4000),
  row('core-no-store', 500, 36_000),
];

const OTHERS: OtherFigures = {
  drain: { events: 1, eventsPerSecond: 6000 },
  hotKeyDrain: { events: 1, keys: 1, eventsPerSecond: 60_000 },
  delayedDrain: {
    events: 1,
    delayMs: 20,
    settings: {},
    eventsPerSecondOfOne: 100,
    eventsPerSecondOfFour: 390,
  },
  fallbackVisible: { writes: 1, p50: 12, p99: 34 },
  memory: { mutations: 1, rssBeforeMb: 100, rssGrowthMb: -2 },
};

describe('the ratios', () => {
  it('are of the rows and clients that the targets name', () => {
    expect(ratiosOf(ROWS, OTHERS)).toEqual({
      vsOneJobPerMutation: 8,
      vsDirectWrite: 4,
      p99OfDirectWrite: 0.25,
      ofBulkWriteAt100: 8000 / 9000,
      ofBulkWriteLimit: 0.75,
      machineryVsOneJobPerMutation: 9,
      singleClientP50VsDirectWrite: 1.5,
      drainOfBulkWriteLimit: 0.5,
      hotKeyDrainEventsPerSecond: 60_000,
      bulkWriteLimitPerSecond: 12_000,
      hotKeyDrainOfBulkWriteLimit: 5,
      ofParallelBulkWrite: 0.5,
      drainOfParallelBulkWrite: 6000 / 18_000,
      parallelBulkWritePerSecond: 18_000,
      projectorScaling: 3.9,
      fallbackVisibleP50Ms: 12,
      fallbackVisibleP99Ms: 34,
      httpOfBareRoute: 0.25,
      httpAddedOfBareRoute: 2.5,
      bulkHttpOfCore: 0.8,
      redisPortGetP1: 0.5,
      redisPortGetP16: 0.25,
      redisPortSetP1: 0.25,
      redisPortSetP16: 0.1,
      redisPortSetOneKeyP1: 0.4,
      redisPortSetOneKeyP16: 0.5,
      metricsOnOfOff: 0.9,
      rssGrowthMb: -2,
    });
  });

  it('leave out what was not measured, on either side', () => {
    expect(ratiosOf([], {})).toEqual({});
    const rows = ROWS.filter(({ name }) => name === 'core' || name === 'direct-write');
    expect(Object.keys(ratiosOf(rows, {}))).toEqual([
      'vsDirectWrite',
      'p99OfDirectWrite',
      'singleClientP50VsDirectWrite',
    ]);
  });

  it('have no value where there is nothing to compare with', () => {
    expect(ratiosOf([row('core', 100, 5), row('direct-write', 100, 0)], {})).not.toHaveProperty(
      'vsDirectWrite',
    );
  });
});

it('the loads that figures are made of are known by themselves', () => {
  expect(isOfRatio('core', 100)).toBe(true);
  expect(isOfRatio('bare-route', 100)).toBe(true);
  expect(isOfRatio('redis-set', 100)).toBe(false);
  expect(isOfRatio('core-mix', 100)).toBe(false);
  expect([isOfRatio('bulk-write', 25), isOfRatio('bulk-write', 2000)]).toEqual([false, true]);
});

it.each([
  [{ atLeast: 4 }, 4, true],
  [{ atLeast: 4 }, 3.99, false],
  [{ atMost: 0.5 }, 0.5, true],
  [{ atMost: 0.5 }, 0.51, false],
])('a target of %j and %d: %s', (bound, value, reached) => {
  expect(reaches(bound, value)).toBe(reached);
});

it('each target has one bound, and what is shown for comparison has none', () => {
  const boundsOf = ({ atLeast, atMost }: Figure) =>
    [atLeast, atMost].filter((bound) => bound !== undefined).length;
  const shown = Object.entries(FIGURES).filter(([, { meaning }]) => meaning !== undefined);
  const forComparison = shown.filter(([, figure]) => boundsOf(figure) === 0);
  expect(forComparison.map(([name]) => name)).toEqual(['ofBulkWriteLimit', 'drainOfBulkWriteLimit']);
  expect(shown.every(([, figure]) => boundsOf(figure) <= 1)).toBe(true);
});

it('a bound is told', () => {
  expect(Object.values(FIGURES).slice(0, 3).map(boundOf)).toEqual(['>= 6', '>= 3', '<= 0.4']);
});
