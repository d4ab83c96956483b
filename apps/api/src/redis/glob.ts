/**
 * Whether a text matches a pattern of Redis: `*` and `?` stand for any characters and for one, `[a-c]` and `[^a-c]` for one
 * of a set, and what follows `\` for itself. Both have one character for each byte. Takes time in proportion to the
 * product of both lengths at most.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  let star: { readonly at: number; readonly read: number } | undefined;
  while (read < text.length) {
    if (pattern[at] === '*') {
      star = { at: at + 1, read };
      at++;
      continue;
    }
    const next = at < pattern.length ? matchOne(pattern, at, text.charAt(read)) : undefined;
    if (next !== undefined) {
      at = next;
      read++;
    } else if (star === undefined) return false;
    else {
      star = { at: star.at, read: star.read + 1 };
      at = star.at;
      read = star.read;
    }
  }
  while (pattern[at] === '*') at++;
  return at >= pattern.length;
}

/** Where the pattern goes on behind what one character matches; undefined where it does not match. */
function matchOne(pattern: string, at: number, character: string): number | undefined {
  const wanted = pattern.charAt(at);
  if (wanted === '?') return at + 1;
  if (wanted === '[') return matchSet(pattern, at + 1, character);
  if (wanted === '\\' && at + 1 < pattern.length) return pattern[at + 1] === character ? at + 2 : undefined;
  return wanted === character ? at + 1 : undefined;
}

function matchSet(pattern: string, start: number, character: string): number | undefined {
  let at = start;
  const negated = pattern[at] === '^';
  if (negated) at++;
  let found = false;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      found ||= pattern[at + 1] === character;
      at += 2;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const [low = '', high = ''] = [pattern.charAt(at), pattern.charAt(at + 2)].sort();
      found ||= character >= low && character <= high;
      at += 3;
    } else {
      found ||= pattern[at] === character;
      at++;
    }
  }
  return found === negated ? undefined : at + 1;
}
