export {
  AccessRefusedError,
  ApiError,
  ClientError,
  InvalidInputError,
  NotAnApiError,
  NotCachedError,
  PreconditionFailedError,
  RevisionConflictError,
  TimedOutError,
  UnavailableError,
  UnreachableError,
} from './errors.js';
export type { HttpReply, HttpRequest, Send } from './exchange.js';
export {
  type DeleteOptions,
  HybridSyncClient,
  type Pair,
  type SetOptions,
  type WriteAnswer,
} from './hybrid-sync-client.js';
export type { CallOptions, ClientOptions } from './options.js';
export type { Resend } from './resending.js';
export { addReport, type Report, stopReason } from './task-report.js';
