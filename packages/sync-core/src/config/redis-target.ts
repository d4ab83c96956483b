import { UrlFaultError } from './url-fault.js';

/** Where a Redis is, and how to come in: what a URL of the settings says. */
export interface RedisTarget {
  /** Host and port, or the path of a unix socket. */
  readonly address:
    | { readonly host: string; readonly port: number; readonly family: 0 | 4 | 6 }
    | { readonly path: string };
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly database: number;
  /** The same as a URL without credentials, for people. */
  readonly where: string;
}

const DEFAULT_PORT = 6379;
const FORM =
  'redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix:///path/of/the/socket[?db=database]';
/** Stands for the host that the URL of a socket has not. */
const NO_HOST = 'no-host';
/** Options that a URL may have in its query; what stands for any other one would be ignored in silence. */
const OPTIONS = { 'redis:': ['family'], 'rediss:': ['family'], 'unix:': ['db'] } as const;

/** Reads a URL of Redis. @throws UrlFaultError */
export function parseRedisUrl(text: string): RedisTarget {
  const url = asUrl(text);
  const options = optionsOf(url);
  const credentials = {
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.username === '' && url.password === '' ? {} : { password: decoded(url.password) }),
  };
  if (url.protocol === 'unix:') {
    if (url.host !== NO_HOST || url.pathname.length < 2) {
      throw new UrlFaultError('unix:// must be followed by the absolute path of a socket: unix:///path');
    }
    const path = decoded(url.pathname);
    const database = databaseOf(options.get('db') ?? '');
    return { address: { path }, tls: false, ...credentials, database, where: `unix://${path}` };
  }
  if (url.hostname === '') {
    throw new UrlFaultError('has no host; a unix socket is named by unix:///path');
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  if (port === 0) throw new UrlFaultError('port 0 is none that a server listens on');
  const database = databaseOf(url.pathname.slice(1));
  return {
    // An IPv6 address stands in brackets in a URL only.
    address: { host: url.hostname.replace(/^\[|\]$/g, ''), port, family: familyOf(options.get('family')) },
    tls: url.protocol === 'rediss:',
    ...credentials,
    database,
    where: `${url.protocol}//${url.host}${database === 0 ? '' : `/${database}`}`,
  };
}

function asUrl(text: string): URL {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !(`${scheme}:` in OPTIONS) || !/^\s*[a-z]+:\/\//i.test(text)) {
    throw new UrlFaultError('must start with redis://, rediss:// or unix://');
  }
  if (/,/.test(text.replace(/^.*@/s, ''))) {
    throw new UrlFaultError(
      'names several hosts; one Redis is supported, neither Sentinel nor Redis Cluster',
    );
  }
  try {
    // A URL may not have a user without a host.
    return new URL(scheme === 'unix' ? text.replace(/^(\s*unix:\/\/(?:[^/]*@)?)\//i, `$1${NO_HOST}/`) : text);
  } catch {
    throw new UrlFaultError(
      `can't be read as ${FORM}; characters such as / ? # @ : % in a password are written %2F %3F %23 %40 %3A %25`,
    );
  }
}

/** The options in the query. @throws UrlFaultError at one that is not known, and at a fragment */
function optionsOf(url: URL): Map<string, string> {
  if (url.hash !== '') {
    throw new UrlFaultError('has a part after #, which means nothing here; # in a password is written %23');
  }
  const known: readonly string[] = OPTIONS[url.protocol as keyof typeof OPTIONS];
  const options = new Map(url.searchParams);
  if ([...options.keys()].some((name) => !known.includes(name))) {
    const many = known.length === 1 ? known[0] : known.join(', ');
    throw new UrlFaultError(
      `has an option after ? that is not supported (${url.protocol}// takes ${many}); ? in a password is written %3F`,
    );
  }
  return options;
}

function databaseOf(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,6}$/.test(text)) throw new UrlFaultError('the database must be a number, as in redis://host/1');
  return Number(text);
}

function familyOf(text: string | undefined): 0 | 4 | 6 {
  if (text === undefined || text === '0') return 0;
  if (text === '4' || text === '6') return Number(text) as 4 | 6;
  throw new UrlFaultError('family must be 0 (either), 4 or 6');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UrlFaultError('has a % that begins no character; % in a password is written %25');
  }
}
