import type { FastPathOutage } from '@hybrid-sync/trials';
import type { RoundSurroundings } from '../surroundings.js';
import { awaitCondition, holdsInTime } from '../system/await-condition.js';
import { servesWrites } from '../system/deployment.js';
import type { DowntimeLog } from '../system/downtime.js';

/** What a fault is brought about with. Its signal ends it early; the system is then stopped, so nothing is mended. */
export interface FaultScene
  extends Omit<RoundSurroundings, 'seed' | 'profile' | 'values' | 'now' | 'checked' | 'exits' | 'progress'> {
  readonly downtimes: DowntimeLog;
  /** Told when Redis lost so many of the bare writes: what follows is then not the system's fault. */
  readonly onRedisLoss: (writes: number) => void;
  /** Told of what a fault showed to be broken, as a sentence: the round then fails. */
  readonly onFinding: (finding: string) => void;
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

/** How long what is to be hit is waited for, in milliseconds: a write under way, and what is to wait. */
const WRITE_WITHIN_MS = 3000;
const GATHERED_WITHIN_MS = 10_000;

/** Waits for a write to be under way. @returns whether one is, in time */
export function midWrite(underWay: () => number, { signal }: Pick<FaultScene, 'signal'>): Promise<boolean> {
  return holdsInTime(() => underWay() > 0, { timeoutMs: WRITE_WITHIN_MS, everyMs: 1, signal });
}

/** Waits until so many are there to be hit; after ten seconds fewer have to do. */
export async function gathered(
  least: number,
  count: () => Promise<number>,
  { signal }: Pick<FaultScene, 'signal'>,
): Promise<void> {
  const patience = { timeoutMs: GATHERED_WITHIN_MS, everyMs: 100, signal };
  await holdsInTime(async () => (await count()) >= least, patience);
}

/** A pause that this test does not end itself is over by then, in milliseconds. */
const LONGEST_PAUSE_MS = 120_000;

/** Pauses a queue for as long as `work` takes. */
export async function whilePaused(queue: FastPathOutage, work: () => Promise<void>): Promise<void> {
  await queue.begin(Date.now() + LONGEST_PAUSE_MS);
  try {
    await work();
  } finally {
    await queue.end();
  }
}

/** How long pods may take to write again once they can, in milliseconds. */
const WRITES_WITHIN_MS = 30_000;

/** Waits until both pods have acknowledged a write that came after this moment. @throws when one does not in time */
export async function bothWrite(
  { probes, clock, signal }: Pick<FaultScene, 'probes' | 'clock' | 'signal'>,
  since = clock.now(),
): Promise<void> {
  const write = () => probes.wroteAt(0) > since && probes.wroteAt(1) > since;
  await awaitCondition('both pods take writes again', write, { timeoutMs: WRITES_WITHIN_MS, signal });
}

/** Waits until both pods say that they serve writes of all keys, so long at most. @throws when one does not in time */
export async function bothServe(
  { deployment, signal }: Pick<FaultScene, 'deployment' | 'signal'>,
  timeoutMs: number,
): Promise<void> {
  const serve = async () => (await Promise.all(deployment.pods.map(servesWrites))).every(Boolean);
  await awaitCondition('both pods serve writes of all keys', serve, { timeoutMs, signal });
}

/** How long what waits may take to be brought to the shadows once that is possible, in milliseconds. */
const DRAINED_WITHIN_MS = 30_000;

/** Finds fault unless everything that waits in the outbox or the journal now leaves it in time. */
export async function allLeaves(
  when: string,
  { stores, traffic, settings, onFinding, signal }: FaultScene,
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
      newest = traffic.newestVersions(settings.slots);
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
