import { groupedBy } from '@hybrid-sync/trials';
import type { RowResult } from './row-result.js';

/** The middle one of some numbers, or the mean of the two in the middle. @throws RangeError when there is none */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  if (high === undefined || low === undefined) throw new RangeError('no median of nothing');
  return (low + high) / 2;
}

const NOT_IN_EVERY_ROW = ['notFastShare', 'podUs', 'redisUs', 'storeUs'] as const;

/** One result for each row, number of clients and of calls under way: the median of each figure over all rounds, in the order of the first. */
export function mediansOf(rounds: readonly (readonly RowResult[])[]): RowResult[] {
  return [...groupedBy(rounds.flat(), idOf).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const of = (figure: (result: RowResult) => number) => median(group.map(figure));
    return {
      ...first,
      mutationsPerSecond: of((result) => result.mutationsPerSecond),
      p50Ms: of((result) => result.p50Ms),
      p99Ms: of((result) => result.p99Ms),
      ...Object.fromEntries(
        NOT_IN_EVERY_ROW.filter((name) => first[name] !== undefined).map((name) => [
          name,
          of((result) => result[name] ?? 0),
        ]),
      ),
    };
  });
}

/** Tells results of one row apart: by the number of clients, and of calls under way. */
export function idOf({ name, clients, inFlight }: RowResult): string {
  return `${name} ${clients} ${inFlight ?? ''}`;
}
