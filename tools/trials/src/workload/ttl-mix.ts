import { parseShares, type Share } from './weighted-choice.js';

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads a mix of times to live as the profile table writes it: `300s:0.98, 299s:0.02`, units s, m, h and d,
 * fractions allowed (`1.8h`). The shares are scaled to add up to 1.
 *
 * @returns whole seconds, at least 1, with their shares
 * @throws RangeError that quotes the part it can't read
 */
export function parseTtlMix(text: string): Share<number>[] {
  const parts = text.split(',').map((part) => part.trim());
  return parseShares(parts, secondsOf, 'a time to live and its share, like 1.8h:0.25');
}

function secondsOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const seconds = Math.round(Number(amount) * (SECONDS_PER_UNIT[unit] ?? Number.NaN));
  return Number.isNaN(seconds) ? undefined : Math.max(seconds, 1);
}
