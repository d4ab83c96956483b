import { type Random, seconds } from '@hybrid-sync/trials';
import type { Which } from '../system/deployment.js';

/** A killed process stays away for a time drawn between these, in milliseconds. */
const DOWN_MS = [500, 2500] as const;
/** Bounds of how far the clock of a Redis that takes another one's place is off, in milliseconds. */
const CLOCK_OFF_MS = [20_000, 600_000] as const;

/** A start of MongoDB, a pod, a projector or Redis on its data takes about this long, in milliseconds. */
export const START_MS = 1500;
/** Making a backlog takes about this long, in milliseconds. */
export const BACKLOG_MS = 6000;
/** A restore of what a round has written takes about this long, in milliseconds. */
export const RESTORE_MS = 5000;

/** Any number between these two. */
export function between(random: Random, [least, greatest]: readonly [number, number]): number {
  return least + random() * (greatest - least);
}

/** The same in whole milliseconds. */
export function msBetween(random: Random, bounds: readonly [number, number]): number {
  return Math.round(between(random, bounds));
}

/** One of the choices, of which there is one at least. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  // An index below the length; `at` only doesn't know it.
  return choices[Math.floor(random() * choices.length)] as T;
}

/** For how long a killed process stays away, in milliseconds. */
export function drawDownMs(random: Random): number {
  return msBetween(random, DOWN_MS);
}

/** One of two pods or projectors. */
export function drawWhich(random: Random): Which {
  return random() < 0.5 ? 0 : 1;
}

/** By how much another clock is ahead, in milliseconds; below 0 for behind. */
export function drawClockOff(random: Random): number {
  return Math.round(pick(random, [-1, 1]) * between(random, CLOCK_OFF_MS));
}

/** How far a clock is off, in words. */
export function clockWords(aheadMs: number): string {
  return `${seconds(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead'}`;
}
