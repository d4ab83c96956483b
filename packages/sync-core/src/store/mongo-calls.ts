import { StoreUnavailableError } from '../errors.js';
import type { Metrics } from '../metrics/metrics.js';
import { StoreCalls } from '../metrics/store-calls.js';
import { PermanentError } from '../permanent-errors.js';
import { StoreFailingError } from './write-errors.js';

/**
 * The calls of a store in MongoDB: what fails there is a {@link StoreUnavailableError}, unless no waiting mends it;
 * `store`: its name in the metrics.
 */
export function mongoCalls(store: string, metrics?: Pick<Metrics, 'called'>): StoreCalls {
  const asItIs = [PermanentError, StoreUnavailableError, StoreFailingError];
  const told = (doing: string, error: unknown) =>
    asItIs.some((kind) => error instanceof kind) ? error : new StoreUnavailableError(doing, error);
  return new StoreCalls('mongodb', store, told, metrics);
}
