/** The end of the year 9999, in milliseconds since 1970: dates beyond it can't be told in every form that they are kept in. */
export const LAST_EXPIRY_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * When something expires, in milliseconds since 1970, as Redis tells it; undefined for never. Redis takes times that no
 * date can tell: what would expire after the year 9999 never does, in the cache and in the shadow alike.
 */
export function expiryOf(ms: number | string | null | undefined): number | undefined {
  const at = ms === '' ? Number.NaN : Number(ms ?? Number.NaN);
  return at > 0 && at <= LAST_EXPIRY_MS ? at : undefined;
}

/** A date at most at the end of the year 9999. `ms`: milliseconds since 1970. */
export function dateUpToLast(ms: number): Date {
  return new Date(Math.min(ms, LAST_EXPIRY_MS));
}
