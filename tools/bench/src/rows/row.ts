import type { SyncMethod } from '@hybrid-sync/trials';
import type { Pairs } from '../load/pairs.js';
import type { StoreUrls } from '../system/bench-system.js';

/** The most mutations that are under way at once, but at the Redis port. */
export const MOST_CLIENTS = 500;
/** Numbers of mutations under way at which a row is measured unless its definition says otherwise. */
export const CLIENTS = [1, 100, MOST_CLIENTS] as const;

/** What a row works with. */
export interface RowSurroundings extends StoreUrls {
  readonly pairs: Pairs;
  /** Where the server under load listens; for rows over HTTP. */
  readonly serverUrl?: string | undefined;
  /** Settings of this system that are not at their default, by their variables. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

/** A way of writing, ready for load. */
export interface OpenRow {
  /**
   * Makes the call of this number, from 0: one write, or as many as `batch` says, where a row knows batches.
   * @returns how far it got, where the subject says so
   */
  write(number: number, batch: number): Promise<SyncMethod | undefined>;
  close(): Promise<void>;
}

/** A way of writing: one row of the tables. */
export type OpenTheRow = (surroundings: RowSurroundings) => Promise<OpenRow>;
