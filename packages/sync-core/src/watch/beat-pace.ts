/** Longest time between two beats of a process's heart, in milliseconds, while there are few of them. */
const LONGEST_BEAT_MS = 1000;
/** How much longer the pause between two beats is while there is nothing to do. */
const IDLE_BEATS = 4;
/** So much longer it is for each pod, in milliseconds: all pods together beat no more than 250 times a second. */
const BEAT_MS_PER_POD = 4;

/** What the pace of a heart depends on. */
export interface BeatTerms {
  /** `app.load.sample-ms`. */
  readonly loadSampleMs: number;
  /** Whether there is nothing to do. */
  readonly idle: boolean;
  /** How many pods live. */
  readonly pods: number;
}

/**
 * Time between two beats of the lookout, in milliseconds: there is only one, so it is no slower for many pods. Where these
 * are slow to hear of what it saw, that is fresh.
 */
export function lookoutBeatMs({ loadSampleMs, idle, pods }: BeatTerms): number {
  const unhurried = idle && BEAT_MS_PER_POD * pods <= LONGEST_BEAT_MS;
  return Math.min(unhurried ? IDLE_BEATS * loadSampleMs : loadSampleMs, LONGEST_BEAT_MS);
}

/** The same of each other process. */
export function beatMs(terms: BeatTerms): number {
  return Math.max(lookoutBeatMs(terms), BEAT_MS_PER_POD * terms.pods);
}

/** Time between two samples of load, in milliseconds; 0 where each beat brings one. */
export function sampleEveryMs(loadSampleMs: number): number {
  return loadSampleMs > LONGEST_BEAT_MS ? loadSampleMs : 0;
}
