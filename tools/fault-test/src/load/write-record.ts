import type { SyncMethod } from '@hybrid-sync/trials';
import type { Which } from '../system/deployment.js';
import type { DowntimeLog, Subject } from '../system/downtime.js';

/** What became of a write. */
type WriteOutcome =
  | SyncMethod
  /** An answer came, and it says that the write was not made or that its outcome is not known. */
  | 'refused'
  /** No answer came: the connection broke, or it took too long. */
  | 'unanswered';

/** One write of the load. Times are on the run's clock, in milliseconds. */
export interface WriteRecord {
  readonly key: string;
  /** When it should have been sent: latency counts from here. */
  readonly intendedAt: number;
  readonly endedAt: number;
  /** The pods that were asked, the last one answered or did not. */
  readonly pods: readonly Which[];
  readonly outcome: WriteOutcome;
  /** Why it failed; empty for one that was acknowledged. */
  readonly reason: string;
}

/** After a process is back its clients' connections may still break, in milliseconds. */
const MARGIN_MS = 1000;

/** Whether the write was acknowledged. */
export function isAcknowledged({ outcome }: WriteRecord): boolean {
  return outcome !== 'refused' && outcome !== 'unanswered';
}

/** Whether Redis or a pod that was asked was down at some moment of the write: then it may fail. */
export function mayFail({ pods, intendedAt, endedAt }: WriteRecord, downtimes: DowntimeLog): boolean {
  const subjects: Subject[] = ['redis', ...pods.map((pod): Subject => `api-${pod}`)];
  return downtimes.overlaps(subjects, intendedAt - MARGIN_MS, endedAt);
}
