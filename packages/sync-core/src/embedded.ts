import type { HybridSyncHandle } from './node/open-hybrid-sync.js';
import type { OpenOptions } from './node/open-options.js';

export type { GivenSettings } from './config/given-settings.js';
export {
  CacheUnavailableError,
  type ErrorCode,
  HybridSyncError,
  InvalidInputError,
  JournalFullError,
  NotReadyError,
  NotReplicatedError,
  PreconditionFailedError,
  StoreUnavailableError,
} from './errors.js';
export type { EmbeddedEvents, EmbeddedPair, HybridSyncHandle } from './node/open-hybrid-sync.js';
export type { EmbeddedRole, OpenOptions } from './node/open-options.js';
export type { Readiness } from './node/readiness.js';
export type { DeleteOptions, SetOptions } from './node/write-options.js';
export {
  ConfigurationError,
  DatabaseRefusedError,
  IndexConflictError,
  LayoutMismatchError,
  PermanentError,
} from './permanent-errors.js';
export type { VerifyOptions } from './reconcile/verify.js';
export type { VerifyReport } from './reconcile/verify-report.js';
export type { SyncAnswer } from './sync-answer.js';

/**
 * Opens the hybrid synchronization inside an application; resolves when all its roles are ready. Several may be open in
 * one process. Nothing global is read or changed. What it needs is loaded with the first call, so that importing this
 * costs next to nothing.
 * @throws ConfigurationError, LayoutMismatchError, DatabaseRefusedError for what no waiting mends; NotReadyError when
 * Redis or MongoDB could not be used in time; nothing stays open then
 */
export async function openHybridSync(options: OpenOptions): Promise<HybridSyncHandle> {
  const { open } = await import('./node/open-hybrid-sync.js');
  return open(options);
}
