import { closest, distance } from 'fastest-levenshtein';

/** Characters of a name that are looked at: one that is not known may be any text. */
const MOST_CHARACTERS = 100;

/** `; did you mean <name>?` with the name that is nearest, where one is near; else nothing: a guess would mislead. */
export function didYouMean(given: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const name = given.slice(0, MOST_CHARACTERS);
  const nearest = closest(name, names);
  const shorter = Math.min(name.length, nearest.length);
  // Two letters that changed places are two edits; a name of which no letter is left is no hint.
  const isNear = distance(name, nearest) <= Math.min(shorter - 1, Math.max(2, shorter / 3));
  return isNear ? `; did you mean ${nearest}?` : '';
}
