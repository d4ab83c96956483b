import { randomInt } from 'node:crypto';

/** Length of a run's id: 36^5, 60 million runs. */
const RUN_ID_LENGTH = 5;

/** Fewest base-36 digits kept for a key's number: 1.7 million keys before keys grow. */
const MIN_NUMBER_DIGITS = 4;

/**
 * A new id for a run, five digits and small letters. It never comes from the seed: a run that repeats another
 * one must not meet its keys.
 */
export function newRunId(): string {
  return randomInt(36 ** RUN_ID_LENGTH)
    .toString(36)
    .padStart(RUN_ID_LENGTH, '0');
}

/**
 * What every key of the run starts with: `replay:<runId>:`, or `r<runId>` where keys must be so short (mean
 * under 17 bytes) that the long form would leave no room for a number.
 */
export function keyPrefix(runId: string, keyBytes: number): string {
  const long = `replay:${runId}:`;
  return keyBytes >= long.length + MIN_NUMBER_DIGITS ? long : `r${runId}`;
}

/**
 * The name of the run's nth key. All names have the profile's mean size, so that the mean is right whether it
 * is taken over keys or over requests; a name grows past it only when the number needs more digits (from 10
 * bytes on there is room for 1.7 million keys, and a profile with a smaller mean gets 10).
 *
 * @param number from 0; another number gives another name
 */
export function keyName(prefix: string, keyBytes: number, number: number): string {
  const digits = Math.max(Math.round(keyBytes) - prefix.length, MIN_NUMBER_DIGITS);
  return prefix + number.toString(36).padStart(digits, '0');
}
