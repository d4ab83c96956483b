import { HybridSyncError } from '../errors.js';
import type { Metrics } from './metrics.js';

/**
 * The boundary around a store: what it asks its server goes through here, where each call is measured, and what server
 * and driver fail with becomes an error that says which of them failed while doing what. The driver's own command
 * monitoring would parse every answer a second time.
 */
export class StoreCalls {
  readonly #server: 'redis' | 'mongodb';
  readonly #store: string;
  readonly #told: (doing: string, error: unknown) => unknown;
  readonly #metrics: Pick<Metrics, 'called'> | undefined;
  /** The calls' names in the metrics, by method: made once, not with every call. */
  readonly #names = new Map<string, string>();

  /**
   * `store`: its name in the metrics. `told`: what callers are told of an error that is no fault of the code's own.
   * `metrics`: where calls are measured; they aren't unless given.
   */
  constructor(
    server: 'redis' | 'mongodb',
    store: string,
    told: (doing: string, error: unknown) => unknown,
    metrics?: Pick<Metrics, 'called'>,
  ) {
    this.#server = server;
    this.#store = store;
    this.#told = told;
    this.#metrics = metrics;
  }

  /**
   * Asks the server. `doing`: what for, for the error, as in "while setting a pair". `measured`: the method's name in
   * the metrics, for what is asked all the time.
   */
  async ask<T>(doing: string, ask: () => Promise<T>, measured?: string): Promise<T> {
    const startedAt = performance.now();
    let failed = false;
    try {
      return await ask();
    } catch (error) {
      const told = this.told(doing, error);
      failed = isFailure(told);
      throw told;
    } finally {
      if (measured !== undefined) {
        const seconds = (performance.now() - startedAt) / 1000;
        this.#metrics?.called(this.#server, this.#nameOf(measured), seconds, failed);
      }
    }
  }

  /** What a caller is told of an error of what was asked, as {@link ask} throws it. */
  told(doing: string, error: unknown): unknown {
    return isOwnFault(error) ? error : this.#told(doing, error);
  }

  #nameOf(measured: string): string {
    let name = this.#names.get(measured);
    if (name === undefined) {
      name = `${this.#store}.${measured}`;
      this.#names.set(measured, name);
    }
    return name;
  }
}

/** Whether an error tells of a fault in the code, of which no server may be accused. */
export function isOwnFault(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError].some((fault) => error instanceof fault);
}

/** A write that the cache refuses, for its condition or a full journal, was answered. */
function isFailure(error: unknown): boolean {
  if (!(error instanceof HybridSyncError)) return true;
  return error.code === 'CACHE_UNAVAILABLE' || error.code === 'STORE_UNAVAILABLE';
}
