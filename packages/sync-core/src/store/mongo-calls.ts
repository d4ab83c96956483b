import { StoreUnavailableError } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import { StoreCalls } from '../metrics/store-calls.js';
import { StoreFailingError } from './write-errors.js';

/** The calls of a store in MongoDB: what fails there is a {@link StoreUnavailableError}; `store`: its name in the metrics. */
export function mongoCalls(store: string, metrics?: Pick<Metrics, 'called'>): StoreCalls {
  const told = (doing: string, error: unknown) =>
    error instanceof StoreUnavailableError || error instanceof StoreFailingError
      ? error
      : new StoreUnavailableError(doing, error);
  return new StoreCalls('mongodb', store, told, metrics);
}
