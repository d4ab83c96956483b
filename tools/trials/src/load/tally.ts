import { recordOf } from '../groups.js';
import type { RequestOp } from '../workload/requests.js';
import { SYNC_METHODS, type SyncMethod } from './api-client.js';
import { LatencyRecorder } from './latency-recorder.js';

/** A part of the run, told by when a request was sent: before, during or after the fast path's outage. */
export type Phase = 'before' | 'during' | 'after';

/** How many writes were answered by each method. */
export type MethodCounts = Readonly<Record<SyncMethod, number>>;

/** What a request does, in the order of the tables. */
export const OPERATIONS: readonly RequestOp[] = ['get', 'set', 'delete'];
const PHASES: readonly Phase[] = ['before', 'during', 'after'];
/** Most different error texts that are counted apart. */
const MAX_ERROR_KINDS = 20;

/** Counts what was answered and how long it took, in memory that does not grow with the run. */
export class Tally {
  /** Latencies of all answered requests. */
  readonly all = new LatencyRecorder();
  /** The same by operation. */
  readonly byOperation = recordOf(OPERATIONS, () => new LatencyRecorder());
  /** Latencies of answered writes by method. */
  readonly byMethod = recordOf(SYNC_METHODS, () => new LatencyRecorder());
  /** Writes by method in each part of the run. */
  readonly byPhase = recordOf(PHASES, () => recordOf(SYNC_METHODS, () => 0));
  /** Failed requests by operation. */
  readonly failedByOperation = recordOf(OPERATIONS, () => 0);
  readonly #errors = new Map<string, number>();

  /** Requests that were answered. */
  get answered(): number {
    return this.all.count;
  }

  /** Requests that failed. */
  get failed(): number {
    return OPERATIONS.reduce((sum, op) => sum + this.failedByOperation[op], 0);
  }

  /** Failed requests by what was said, the commonest first. */
  get errors(): { readonly error: string; readonly count: number }[] {
    return [...this.#errors].map(([error, count]) => ({ error, count })).sort((a, b) => b.count - a.count);
  }

  /** Writes by method. */
  get methods(): MethodCounts {
    return recordOf(SYNC_METHODS, (method) => this.byMethod[method].count);
  }

  /** An answered request. */
  answer(op: RequestOp, latencyMs: number): void {
    this.all.record(latencyMs);
    this.byOperation[op].record(latencyMs);
  }

  /** An answered write. */
  write(op: 'set' | 'delete', method: SyncMethod, phase: Phase, latencyMs: number): void {
    this.answer(op, latencyMs);
    this.byMethod[method].record(latencyMs);
    this.byPhase[phase][method]++;
  }

  /** A request without a usable answer; it has no latency. */
  failure(op: RequestOp, error: string): void {
    this.failedByOperation[op]++;
    const kind = this.#errors.has(error) || this.#errors.size < MAX_ERROR_KINDS ? error : 'other errors';
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }
}
