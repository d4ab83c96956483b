/** Characters that a text which matches has at most: no key is longer, whatever the settings say. */
const LONGEST_TEXT = 8 * 1024;

/** What one character of a text may be: this one, one of these, or any. */
type Place = number | ReadonlySet<number> | 'any';
/** A place, or any number of characters. */
type Step = Place | 'many';

/** Whether a text matches the pattern that this was made of. Pattern and text have one character for each byte. */
export type GlobMatcher = (text: string) => boolean;

/**
 * Reads a pattern of Redis: `*` and `?` stand for any characters and for one, `[a-c]` and `[^a-c]` for one of a set, and
 * what follows `\` for itself. A pattern is read once, however long it is; a match then takes time in proportion to the
 * square of the text's length at most.
 */
export function globMatcher(pattern: string): GlobMatcher {
  const steps: Step[] = [];
  let places = 0;
  for (let at = 0; at < pattern.length; ) {
    const [step, end] = stepAt(pattern, at);
    at = end;
    if (step === 'many' && steps.at(-1) === 'many') continue;
    if (step !== 'many' && ++places > LONGEST_TEXT) return () => false;
    steps.push(step);
  }
  return (text) => matches(steps, text);
}

function matches(steps: readonly Step[], text: string): boolean {
  let at = 0;
  let read = 0;
  let star: { readonly at: number; readonly read: number } | undefined;
  while (read < text.length) {
    const step = steps[at];
    if (step === 'many') {
      at++;
      star = { at, read };
    } else if (step !== undefined && fits(step, text.charCodeAt(read))) {
      at++;
      read++;
    } else if (star === undefined) return false;
    else {
      star = { at: star.at, read: star.read + 1 };
      at = star.at;
      read = star.read;
    }
  }
  return at === steps.length || (at === steps.length - 1 && steps[at] === 'many');
}

function fits(place: Place, character: number): boolean {
  if (typeof place === 'number') return place === character;
  return place === 'any' || place.has(character);
}

function stepAt(pattern: string, at: number): [step: Step, end: number] {
  switch (pattern[at]) {
    case '*':
      return ['many', at + 1];
    case '?':
      return ['any', at + 1];
    case '[':
      return setAt(pattern, at + 1);
    case '\\':
      if (at + 1 < pattern.length) return [pattern.charCodeAt(at + 1), at + 2];
  }
  return [pattern.charCodeAt(at), at + 1];
}

function setAt(pattern: string, start: number): [step: Step, end: number] {
  const negated = pattern[start] === '^';
  const named = new Set<number>();
  let at = negated ? start + 1 : start;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      named.add(pattern.charCodeAt(at + 1));
      at += 2;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      for (let one = Math.min(...ends); one <= Math.max(...ends); one++) named.add(one);
      at += 3;
    } else {
      named.add(pattern.charCodeAt(at));
      at++;
    }
  }
  return [negated ? othersThan(named) : named, at + 1];
}

function othersThan(named: ReadonlySet<number>): ReadonlySet<number> {
  return new Set(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !named.has(byte)));
}
