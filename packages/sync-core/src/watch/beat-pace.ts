/** Longest time between two beats of a process's heart, in milliseconds, while there are few of them. */
const LONGEST_BEAT_MS = 1000;
/** How much longer the pause between two beats is while there is nothing to do. */
const IDLE_BEATS = 4;
/** So much longer it is for each pod, in milliseconds: all pods together beat no more than 125 times a second. */
const BEAT_MS_PER_POD = 8;
/** A process that missed so many beats is dead. */
const MISSED_BEATS = 4;
/** What was heard at a beat holds for so many further ones that bring nothing. */
const HEARD_BEATS = 3;
/** A sample of load holds for so many sampling intervals, or for as many beats as what is heard, whichever is longer. */
const SAMPLE_INTERVALS = 20;

/** What the pace of all hearts depends on. */
export interface PaceTerms {
  /** `app.load.sample-ms`. */
  readonly loadSampleMs: number;
  /** How many pods live. */
  readonly pods: number;
}

/** What the pace of a heart depends on. */
export interface BeatTerms extends PaceTerms {
  /** Whether there is nothing to do. */
  readonly idle: boolean;
  /** A process of a kind of which there are few: it is dead when it says nothing for so many milliseconds. */
  readonly silentMs?: number | undefined;
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
  const { pods, silentMs = Number.POSITIVE_INFINITY } = terms;
  return Math.min(Math.max(lookoutBeatMs(terms), BEAT_MS_PER_POD * pods), silentMs / MISSED_BEATS);
}

/** How long what was heard at a beat holds, in milliseconds; `leastMs`: at least so long. */
export function heardHoldsMs(leastMs: number, terms: PaceTerms): number {
  return Math.max(leastMs, HEARD_BEATS * beatMs({ ...terms, idle: true }));
}

/** How old a sample of load may be, in milliseconds; an older one says nothing any more. */
export function sampleHoldsMs(terms: PaceTerms): number {
  return heardHoldsMs(SAMPLE_INTERVALS * terms.loadSampleMs, terms);
}

/** A pod that has not spoken for so many milliseconds is dead. */
export function deadAfterMs(terms: PaceTerms): number {
  return Math.max(SAMPLE_INTERVALS * terms.loadSampleMs, MISSED_BEATS * beatMs({ ...terms, idle: true }));
}

/** Time between two samples of load, in milliseconds; 0 where each beat brings one. */
export function sampleEveryMs(loadSampleMs: number): number {
  return loadSampleMs > LONGEST_BEAT_MS ? loadSampleMs : 0;
}
