import { describe, expect, it } from 'vitest';
import type { RowResult } from '../report/row-result.js';
import { compare, comparisonCells, cpuOfFormer, turnsOf } from './comparison.js';

it('both sides have their turn in each round, and which goes first changes', () => {
  expect(turnsOf(3)).toEqual([
    ['today', 'former'],
    ['former', 'today'],
    ['today', 'former'],
  ]);
});

function result(rate: number, more: Partial<RowResult> = {}): RowResult {
  return { name: 'core', clients: 100, mutationsPerSecond: rate, p50Ms: 10, p99Ms: 20, ...more };
}

const ROUNDS = [
  { today: [result(110)], former: [result(100)] },
  { today: [result(300)], former: [result(200)] },
  { today: [result(180)], former: [result(120)] },
];

describe('a comparison', () => {
  it('holds medians, their ratio, and the least and greatest ratio of a round', () => {
    const [row] = compare(ROUNDS);
    expect(row).toMatchObject({ name: 'core', clients: 100, rounds: 3 });
    expect(row?.figures[0]).toEqual({
      figure: 'mutationsPerSecond',
      former: 120,
      today: 180,
      ratio: 1.5,
      spread: [1.1, 1.5],
    });
  });

  it('leaves out what only one side measured or told', () => {
    const former = [result(100), result(5, { name: 'http' })];
    const today = [result(100, { podUs: 60 }), result(5, { clients: 1 })];
    const compared = compare([{ today, former }]);
    expect(compared.map(({ name, clients }) => [name, clients])).toEqual([['core', 100]]);
    expect(compared[0]?.figures.map(({ figure }) => figure)).toEqual([
      'mutationsPerSecond',
      'p50Ms',
      'p99Ms',
    ]);
  });

  it('tells the processor time of pod and Redis over that of the former', () => {
    const busy = (podUs: number, redisUs: number) => result(100, { clients: 500, podUs, redisUs });
    const round = { today: [busy(40, 10)], former: [busy(80, 20)] };
    expect(cpuOfFormer(compare([round]))).toBe(0.5);
    expect(cpuOfFormer(compare([{ ...round, former: [result(100, { clients: 500 })] }]))).toBeUndefined();
  });

  it('compares bulk writes of the same shape only, in the rounds in which both had it', () => {
    const bulk = (rate: number, inFlight: number) =>
      result(rate, { name: 'bulk-write', clients: 500, inFlight, batch: 500 / inFlight });
    const compared = compare([
      { today: [bulk(10, 1)], former: [bulk(20, 1)] },
      { today: [bulk(10, 1)], former: [bulk(70, 2)] },
    ]);
    expect(compared).toMatchObject([
      { inFlight: 1, batch: 500, rounds: 1, figures: [{ former: 20 }, {}, {}] },
    ]);
  });

  it('has no ratio to nothing', () => {
    const [row] = compare([{ today: [result(1, { redisUs: 3 })], former: [result(1, { redisUs: 0 })] }]);
    expect(row?.figures.at(-1)).toEqual({ figure: 'redisUs', former: 0, today: 3 });
  });
});

describe('the table of a comparison', () => {
  const report = {
    ref: 'v1',
    commit: '0123456789abcdef',
    rounds: 3,
    seconds: 1,
    seed: '1',
    rows: compare(ROUNDS),
  };

  it('has a line for each figure of each row', () => {
    const { title, rows } = comparisonCells(report);
    expect(title).toContain('v1 (0123456789ab)');
    expect(rows).toEqual([
      ['core', '100', 'mutations/s', '3', '120', '180', '1.50', '1.10 to 1.50'],
      ['core', '100', 'p50 ms', '3', '10.0', '10.0', '1.00', '1.00 to 1.00'],
      ['core', '100', 'p99 ms', '3', '20.0', '20.0', '1.00', '1.00 to 1.00'],
    ]);
  });

  it('leaves a ratio to nothing empty', () => {
    const rows = compare([{ today: [result(1, { redisUs: 3 })], former: [result(1, { redisUs: 0 })] }]);
    expect(
      comparisonCells({ ...report, rows })
        .rows.at(-1)
        ?.slice(4),
    ).toEqual(['0.0', '3.0', '', '']);
  });
});
