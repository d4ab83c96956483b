/** Database of the system in a MongoDB started for it. */
const DATABASE = 'hybrid_sync';

/** A URL fit to be shown: user and password masked, also where they hold what should be encoded, and no options. */
export function maskCredentials(url: string): string {
  return url.replace(/\/\/.*@/s, '//***@').replace(/[?#].*/s, '');
}

/** The same MongoDB URL with the system's database in its path, unless it names one. */
export function withDatabase(url: string): string {
  const [, servers = url, path = '', query = ''] = /^([^:]+:\/\/[^/?]+)\/?([^?]*)(\?.*)?$/.exec(url) ?? [];
  return `${servers}/${path || DATABASE}${query}`;
}
