import { CacheUnavailableError, HybridSyncError } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import { StoreCalls } from '../metrics/store-calls.js';

/** The calls of a store in Redis: what fails there is a {@link CacheUnavailableError}; `store`: its name in the metrics. */
export function redisCalls(store: string, metrics?: Pick<Metrics, 'called'>): StoreCalls {
  const told = (doing: string, error: unknown) =>
    error instanceof HybridSyncError ? error : new CacheUnavailableError(doing, error);
  return new StoreCalls('redis', store, told, metrics);
}
