import { type Cells, count, fine, groupedBy, tableOf } from '@hybrid-sync/trials';
import type { BenchOptions } from '../options.js';
import { idOf, median, type RowResult } from '../report/row-result.js';

/** The two builds that are compared: the one that runs, and that of an earlier commit. */
export type Side = 'today' | 'former';

/**
 * Whose turn it is, round by round: each side once in a round, and in every other round the other one first, so that
 * neither always finds the machine as the other has left it.
 */
export function turnsOf(rounds: number): Side[][] {
  const turns: Side[] = ['today', 'former'];
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? turns : turns.toReversed()));
}

/** The figures of a row that are compared, where both sides tell them, with their titles. */
const FIGURES = {
  mutationsPerSecond: 'mutations/s',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  podUs: 'pod µs',
  redisUs: 'Redis µs',
  storeUs: 'store µs',
} as const;
type Figure = keyof typeof FIGURES;
/** Characters of a commit that are shown. */
const SHORT = 12;

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

/** What both builds came to; `--against --json` prints it as it stands. */
export interface AgainstReport extends Pick<BenchOptions, 'rounds' | 'seconds' | 'seed'> {
  /** What was asked for, and the commit that it stood for. */
  readonly ref: string;
  readonly commit: string;
  readonly rows: readonly ComparedRow[];
  /** See {@link cpuOfFormer}. */
  readonly cpuOfFormer?: number;
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
      figures: (Object.keys(FIGURES) as Figure[]).flatMap((figure) => compareFigure(figure, of)),
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

/** One line for each figure of each row. */
export function comparisonCells({ ref, commit, rows, cpuOfFormer }: AgainstReport): Cells {
  const cpu =
    cpuOfFormer === undefined
      ? ''
      : `; cpuOfFormer, pod + Redis of core with 500 clients (target <= 0.5): ${cpuOfFormer.toFixed(2)}`;
  return tableOf(
    `Today beside ${ref} (${commit.slice(0, SHORT)}): medians; spread: least and greatest today/former of a round; µs: processor time per mutation${cpu}`,
    rows.flatMap(({ name, clients, batch, inFlight, rounds, figures }) =>
      figures.map(({ figure, former, today, ratio, spread }) => ({
        row: batch === undefined ? name : `${name}, ${inFlight} at a time of ${batch}`,
        clients: count(clients),
        figure: FIGURES[figure],
        rounds: String(rounds),
        former: fine(former),
        today: fine(today),
        'today/former': ratio?.toFixed(2) ?? '',
        spread: spread?.map((each) => each.toFixed(2)).join(' to ') ?? '',
      })),
    ),
  );
}
