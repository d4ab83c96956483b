import { groupedBy } from '@hybrid-sync/trials';
import { idOf, median } from '../report/medians.js';
import type { RowResult } from '../report/row-result.js';
import type { Side } from './turns.js';

/** The figures of a row that are compared, where both sides tell them. */
const FIGURES = ['mutationsPerSecond', 'p50Ms', 'p99Ms', 'podUs', 'redisUs', 'storeUs'] as const;
/** See {@link FIGURES}. */
export type Figure = (typeof FIGURES)[number];

/** What both sides measured in one round. */
export type RoundOfBoth = Readonly<Record<Side, readonly RowResult[]>>;

/** One figure of both sides, over the rounds in which both told it. */
interface ComparedFigure {
  readonly figure: Figure;
  /** Medians. */
  readonly former: number;
  readonly today: number;
  /** The median of today's over that of the former; absent where a former figure is 0. */
  readonly ratio?: number;
  /** The least and the greatest ratio of a single round: what a ratio between them says is noise. Absent as `ratio`. */
  readonly spread?: readonly [least: number, greatest: number];
}

/** One row under one load, measured by both sides. */
export interface ComparedRow extends Pick<RowResult, 'name' | 'clients' | 'batch' | 'inFlight'> {
  /** Rounds in which both sides measured it: each run finds the best batches of its own. */
  readonly rounds: number;
  readonly figures: readonly ComparedFigure[];
}

/** Compares what both sides measured, row by row in the order of the rounds; what only one side measured is left out. */
export function compare(rounds: readonly RoundOfBoth[]): ComparedRow[] {
  const pairs = rounds.flatMap(({ today, former }) =>
    today.flatMap((result) => {
      const same = former.find((each) => idOf(each) === idOf(result));
      return same === undefined ? [] : [{ today: result, former: same }];
    }),
  );
  return [...groupedBy(pairs, ({ today }) => idOf(today)).values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined) return [];
    const { name, clients, batch, inFlight } = first.today;
    return {
      name,
      clients,
      ...(batch === undefined || inFlight === undefined ? {} : { batch, inFlight }),
      rounds: of.length,
      figures: FIGURES.flatMap((figure) => compareFigure(figure, of)),
    };
  });
}

/**
 * Processor time of pod and Redis per mutation of `core` with 500 under way, today's over the former's; undefined where one
 * of them does not tell it.
 */
export function cpuOfFormer(rows: readonly ComparedRow[]): number | undefined {
  const figures = rows.find(({ name, clients }) => name === 'core' && clients === 500)?.figures ?? [];
  const [pod, redis] = (['podUs', 'redisUs'] as const).map((name) =>
    figures.find(({ figure }) => figure === name),
  );
  if (pod === undefined || redis === undefined || pod.former + redis.former === 0) return undefined;
  return (pod.today + redis.today) / (pod.former + redis.former);
}

function compareFigure(
  figure: Figure,
  pairs: readonly Readonly<Record<Side, RowResult>>[],
): ComparedFigure[] {
  const told = pairs.flatMap(({ today, former }) => {
    const [now, then] = [today[figure], former[figure]];
    return now === undefined || then === undefined ? [] : [{ now, then }];
  });
  if (told.length === 0) return [];
  const today = median(told.map(({ now }) => now));
  const former = median(told.map(({ then }) => then));
  const medians = { figure, former, today };
  if (told.some(({ then }) => then === 0)) return [medians];
  const ratios = told.map(({ now, then }) => now / then);
  return [{ ...medians, ratio: today / former, spread: [Math.min(...ratios), Math.max(...ratios)] }];
}
