/**
 * A connection URL fit to be shown or logged: without user, password and options. Whatever stands before an @ goes, also where it
 * is not encoded as it should be, and options can name a password as well.
 */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/.*@/s, '//').replace(/[?#].*/s, '');
}
