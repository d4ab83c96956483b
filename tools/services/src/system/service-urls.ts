/** Database of the system in a MongoDB started for it. */
const DATABASE = 'hybrid_sync';

/** A URL fit to be shown: user and password masked. */
export function maskCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}

/** The same MongoDB URL with the system's database in its path, unless it names one. */
export function withDatabase(url: string): string {
  const [, servers = url, path = '', query = ''] = /^([^:]+:\/\/[^/?]+)\/?([^?]*)(\?.*)?$/.exec(url) ?? [];
  return `${servers}/${path || DATABASE}${query}`;
}
