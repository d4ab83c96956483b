import type { Stores } from '@hybrid-sync/sync-core';
import type { Clock, FastPathOutage } from '@hybrid-sync/trials';
import type { BareRedis } from '../measure/bare-redis.js';
import type { Which } from '../schedule/fault.js';
import type { Deployment } from '../system/deployment.js';
import type { DowntimeLog } from '../system/downtime.js';

/** What a fault is brought about with. */
export interface FaultScene {
  readonly deployment: Deployment;
  readonly downtimes: DowntimeLog;
  /** Writes that were sent to a pod and are not answered yet. */
  readonly writesUnderWay: (pod: Which) => number;
  /** The fast queue, to be paused where a backlog is needed. */
  readonly fastPath: Pick<FastPathOutage, 'begin' | 'end'>;
  /** A second writer, whose writes tell whether Redis itself lost what it had acknowledged. */
  readonly witness: Pick<BareRedis, 'pause' | 'lostByRedis'>;
  /** Told when Redis lost so many of the witness's writes: what follows is then not the system's fault. */
  readonly onRedisLoss: (writes: number) => void;
  /** For looking at the outbox and at what projectors have in hand. */
  readonly stores: Pick<Stores, 'outbox' | 'marker'>;
  readonly slots: number;
  readonly clock: Clock;
  /** Ends the fault early, by its reason; the system is then stopped, so nothing is mended. */
  readonly signal: AbortSignal;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

/** Waits for a part of a fault that is its purpose. @throws the signal's reason when it aborts */
export async function lasting(
  ms: number,
  { clock, signal }: Pick<FaultScene, 'clock' | 'signal'>,
): Promise<void> {
  await clock.sleepUntil(clock.now() + ms, signal);
  signal.throwIfAborted();
}
