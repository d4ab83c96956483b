import type { Random } from '@hybrid-sync/trials';
import type { Topology } from '../system/topology.js';
import type { FaultScene } from './fault-scene.js';

/** How long the faults of a round last, in milliseconds. */
export interface FaultLengths {
  readonly mongodbFrozenMs: number;
  readonly mongodbDownMs: number;
  /** Choices for a frozen api pod: all above the 2 s a client waits for the fast path; some above the 10 s job lock. */
  readonly apiFrozenMs: readonly number[];
  /** Redis stays at its memory limit for as long before MongoDB comes back. */
  readonly redisFullMs: number;
  readonly throttledMs: number;
  readonly queuePausedMs: number;
}

/** One kind of fault. `Details`: what is drawn of it; all times are in milliseconds. */
export interface KindOfFault<Details> {
  /** The topologies of Redis that can have it; all of them unless given. */
  readonly of?: readonly Topology[];
  /** Draws what a fault is in detail. */
  draw(random: Random, lengths: FaultLengths): Details;
  /** How long it is expected to take until it is mended, in milliseconds. */
  expectedMs(details: Details): number;
  /** It in a few words, for progress lines and logs. */
  words(details: Details): string;
  /**
   * Brings it about; resolves when it is mended.
   * @throws when a process does not come back; the signal's reason when that aborts
   */
  bringAbout(scene: FaultScene, details: Details): Promise<void>;
}

/** A kind of fault; what it draws, all its other parts take. */
export function kindOfFault<Details>(kind: KindOfFault<Details>): KindOfFault<Details> {
  return kind;
}
