import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean <name>?` with the name that is nearest, where one is near; else nothing: a guess would mislead. */
export function didYouMean(given: string, names: readonly string[]): string {
  const nearest = closest(given, names);
  const isNear = distance(given, nearest) <= Math.max(2, Math.min(given.length, nearest.length) / 3);
  return isNear ? `; did you mean ${nearest}?` : '';
}
