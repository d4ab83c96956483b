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
