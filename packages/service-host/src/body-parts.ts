/** Objects, lists, and what they hold, that a body may have; more than any call needs: a batch of 1,000 has 7,000. */
export const MAX_PARTS = 8192;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What each part of a body has one of before it: a comma, a bracket or a brace. */
const BEGINS_PART: ReadonlySet<number> = new Set([0x2c, 0x5b, 0x7b]);

/**
 * Whether a body of JSON has more parts than it may, before it is parsed: what a part costs, schemas included, is far more
 * than its bytes do. Takes time in proportion to the body's length; of what is no JSON it says nothing.
 */
export function hasTooManyParts(body: Buffer): boolean {
  // Each has a byte of its own: most bodies need no look.
  if (body.length <= MAX_PARTS) return false;
  let parts = 0;
  let inText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number;
    if (byte === QUOTE) inText = !inText;
    else if (inText) {
      if (byte === BACKSLASH) at++;
    } else if (BEGINS_PART.has(byte) && ++parts > MAX_PARTS) return true;
  }
  return false;
}
