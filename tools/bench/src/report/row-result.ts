import { groupedBy } from '@hybrid-sync/trials';
import type { RowName } from '../rows/catalogue.js';

/** What one row did under one load; medians over the rounds where there were several. */
export interface RowResult {
  readonly name: RowName;
  /** Mutations under way at any time. */
  readonly clients: number;
  /** For this system: those answered `ASYNC_THREAD` only; see `notFastShare`. */
  readonly mutationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of the mutations that were answered, but not `ASYNC_THREAD`, from 0 to 1; absent where there is no such difference. */
  readonly notFastShare?: number;
  /**
   * Processor time per mutation, in microseconds: of the row's own process (the api or the route where it has a server,
   * else the one that runs pod and load), of Redis, and of the store. Absent where the operating system does not tell.
   */
  readonly podUs?: number;
  readonly redisUs?: number;
  readonly storeUs?: number;
  /** Mutations per call, and calls under way, where that is not one and `clients`. The latencies are then those of calls. */
  readonly batch?: number;
  readonly inFlight?: number;
}

/** The middle one of some numbers, or the mean of the two in the middle. @throws RangeError when there is none */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  if (high === undefined || low === undefined) throw new RangeError('no median of nothing');
  return (low + high) / 2;
}

const FIGURES = [
  'mutationsPerSecond',
  'p50Ms',
  'p99Ms',
  'notFastShare',
  'podUs',
  'redisUs',
  'storeUs',
] as const;

/** One result for each row, number of clients and of calls under way: the median of each figure over all rounds, in the order of the first. */
export function mediansOf(rounds: readonly (readonly RowResult[])[]): RowResult[] {
  return [...groupedBy(rounds.flat(), idOf).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const told = FIGURES.filter((name) => first[name] !== undefined);
    const medians = told.map((name) => [name, median(group.map((result) => result[name] ?? 0))] as const);
    return { ...first, ...Object.fromEntries(medians) };
  });
}

/** Tells results of one row apart: by the number of clients, and of calls under way. */
export function idOf({ name, clients, inFlight }: RowResult): string {
  return `${name} ${clients} ${inFlight ?? ''}`;
}
