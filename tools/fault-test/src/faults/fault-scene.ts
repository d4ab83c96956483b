import type { Stores } from '@hybrid-sync/sync-core';
import type { Clock, FastPathOutage } from '@hybrid-sync/trials';
import type { FaultTraffic } from '../load/fault-traffic.js';
import type { BareRedis } from '../measure/bare-redis.js';
import type { Which } from '../schedule/fault.js';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
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
  /** For looking at what waits, and at what projectors have in hand. */
  readonly stores: Pick<Stores, 'outbox' | 'marker' | 'journal'>;
  /** The projection queue, to be paused. */
  readonly projection: Pick<FastPathOutage, 'begin' | 'end'>;
  readonly namespace: string;
  /** First part of the queues' own keys. */
  readonly queuePrefix: string;
  /** When the newest write began that a pod acknowledged, on the run's clock; before all time for never. */
  readonly wroteAt: (pod: Which) => number;
  /** Told when a projector was killed. */
  readonly projectorDied: () => void;
  /** Told when Redis has lost data, and when they were restored; tells what was acknowledged. */
  readonly traffic: Pick<
    FaultTraffic,
    'redisLostData' | 'redisRestored' | 'newestVersions' | 'journaledSince'
  >;
  /** Told of what a fault showed to be broken, as a sentence: the round then fails. */
  readonly onFinding: (finding: string) => void;
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

/** How long pods may take to write again once they can, in milliseconds. */
const WRITES_WITHIN_MS = 30_000;

/** Waits until both pods have acknowledged a write that came after this moment. @throws when one does not in time */
export async function bothWrite(
  { wroteAt, clock, signal }: Pick<FaultScene, 'wroteAt' | 'clock' | 'signal'>,
  since = clock.now(),
): Promise<void> {
  await awaitCondition('both pods take writes again', () => wroteAt(0) > since && wroteAt(1) > since, {
    timeoutMs: WRITES_WITHIN_MS,
    signal,
  });
}

/** How long what waits may take to be brought to the shadows once that is possible, in milliseconds. */
const DRAINED_WITHIN_MS = 30_000;

/** Finds fault unless everything that waits in the outbox or the journal now leaves it in time. */
export async function allLeaves(
  when: string,
  { stores, traffic, slots, onFinding, signal }: FaultScene,
): Promise<void> {
  const look = async () => ({
    journal: await stores.journal.oldest(),
    outbox: await stores.outbox.oldestWaiting(),
  });
  // By what pods answered, and not by a clock: Redis' may be behind the versions of some slots.
  let newest: ReadonlyMap<number, number> = new Map();
  const noted = await holdsInTime(
    async () => {
      await look();
      newest = traffic.newestVersions(slots);
      return true;
    },
    { timeoutMs: DRAINED_WITHIN_MS, signal },
  );
  const left = await holdsInTime(
    async () => {
      const { journal, outbox } = await look();
      return [...journal, ...outbox].every(([slot, version]) => version > (newest.get(slot) ?? 0));
    },
    { timeoutMs: DRAINED_WITHIN_MS, everyMs: 200, signal },
  );
  if (!noted || !left) onFinding(`${when}, what waited was not drained in ${DRAINED_WITHIN_MS / 1000} s`);
}
