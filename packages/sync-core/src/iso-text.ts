/** The text of the last moment that was asked for: all of a batch have the same one. */
let last = { ms: Number.NaN, text: '' };

/** A moment, in milliseconds since 1970, as ISO 8601 has it; made once for many that ask for the same one. */
export function isoOf(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}
