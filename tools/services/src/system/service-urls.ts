/** Database of the system in a MongoDB started for it. */
const DATABASE = 'hybrid_sync';

/** A URL fit to be shown: user and password masked, also where they hold what should be encoded, and no options. */
export function maskCredentials(url: string): string {
  return url.replace(/\/\/.*@/s, '//***@').replace(/[?#].*/s, '');
}

const PARTS = /^([^:]+:\/\/[^/?]+)\/?([^?]*)(?:\?(.*))?$/;

/** The same MongoDB URL with the system's database in its path, unless it names one. */
export function withDatabase(url: string): string {
  const [, servers = url, path = '', query] = PARTS.exec(url) ?? [];
  return `${servers}/${path || DATABASE}${query === undefined ? '' : `?${query}`}`;
}

/** The same MongoDB URL with another database; the user is looked up where it was before. It may name several hosts. */
export function inDatabase(url: string, database: string): string {
  const [, servers = url, path = '', query = ''] = PARTS.exec(url) ?? [];
  const lookUp = path !== '' && servers.includes('@') && !/(?:^|&)authSource=/i.test(query);
  const options = [query, lookUp ? `authSource=${path}` : ''].filter(Boolean).join('&');
  return `${servers}/${database}${options === '' ? '' : `?${options}`}`;
}
