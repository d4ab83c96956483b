import { isIP } from 'node:net';
import { TlsIdentity } from './tls-identity.js';
import { UrlFaultError } from './url-fault.js';

/** A host that listens. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Version of IP by which a host's name is resolved; 0: either. */
type Family = 0 | 4 | 6;

/** Sentinels, and which of the primaries that they watch is meant. */
export interface SentinelAddress {
  readonly sentinels: readonly HostAndPort[];
  readonly master: string;
  readonly family: Family;
  /** What the sentinels themselves have to be told. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

/** Some nodes of a Redis Cluster, of which any one tells of all others. */
export interface ClusterAddress {
  readonly nodes: readonly HostAndPort[];
  readonly family: Family;
}

/** Where a Redis is, and how to come in: what a URL of the settings says. */
export interface RedisTarget {
  /** Host and port, the path of a unix socket, the sentinels that know where it is now, or nodes of a cluster. */
  readonly address:
    | (HostAndPort & { readonly family: Family })
    | { readonly path: string }
    | SentinelAddress
    | ClusterAddress;
  /** Whether it is a Redis Cluster, or one of its nodes. */
  readonly cluster: boolean;
  /** How TLS is spoken, with the sentinels too; undefined: it is not. */
  readonly tls?: TlsIdentity;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly database: number;
  /** The same as a URL without credentials, for people. */
  readonly where: string;
}

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;
const FORM =
  'redis://[user:password@]host[:port][/database], redis-sentinel://[user:password@]host[:port],…/master[/database], ' +
  'redis-cluster://[user:password@]host[:port],…, rediss://, rediss-sentinel:// or rediss-cluster:// for TLS, or unix:///path/of/the/socket[?db=database]';
/** Stands in a URL for the host that it has not, or for several. */
const NO_HOST = 'no-host';

const OF_TLS = ['tlsCAFile', 'tlsCertificateFile', 'tlsKeyFile', 'tlsServerName'] as const;
const OF_SENTINELS = ['sentinelUser', 'sentinelPassword'] as const;
type Option = 'family' | 'db' | (typeof OF_TLS)[number] | (typeof OF_SENTINELS)[number];
type Options = ReadonlyMap<Option, string>;

/** Options that a URL may have in its query; what stands for any other one would be ignored in silence. */
const OPTIONS: Readonly<Record<string, readonly Option[]>> = {
  'redis:': ['family'],
  'rediss:': ['family', ...OF_TLS],
  'redis-sentinel:': ['family', ...OF_SENTINELS],
  'rediss-sentinel:': ['family', ...OF_SENTINELS, ...OF_TLS],
  'redis-cluster:': ['family'],
  'rediss-cluster:': ['family', ...OF_TLS],
  'unix:': ['db'],
};

/** Scheme, credentials, hosts, the rest. */
const PARTS = /^\s*([a-z][a-z0-9+.-]*):\/\/((?:[^/?#]*@)?)([^/?#]*)(.*)$/is;

/** Credentials of their own for one of several hosts: those before it would be read as a part of the user's name, in silence. */
const LOGIN_OF_A_HOST = /^[^:]*,|,[^,]*:/;

/** Reads a URL of Redis, and the files that it names. @throws UrlFaultError */
export function parseRedisUrl(text: string): RedisTarget {
  const [, scheme = '', login = '', hosts = '', rest = ''] = PARTS.exec(text) ?? [];
  const protocol = `${scheme.toLowerCase()}:`;
  if (!(protocol in OPTIONS)) {
    throw new UrlFaultError(
      'must start with redis://, rediss://, redis-sentinel://, rediss-sentinel://, redis-cluster://, rediss-cluster:// or unix://',
    );
  }
  const oneHost = protocol === 'redis:' || protocol === 'rediss:';
  if (oneHost && hosts.includes(',')) {
    throw new UrlFaultError(
      'names several hosts; those of sentinels follow redis-sentinel://, those of a cluster redis-cluster://',
    );
  }
  if (LOGIN_OF_A_HOST.test(login)) {
    throw new UrlFaultError(
      'has a user or password behind a comma; they stand once, before all hosts, and in them a comma is written %2C, a colon %3A',
    );
  }
  const url = asUrl(`${protocol}//${login}${oneHost ? hosts : NO_HOST}${rest}`);
  const options = optionsOf(url);
  const target = {
    cluster: protocol.endsWith('-cluster:'),
    ...(url.username === '' ? {} : { username: decoded(url.username) }),
    ...(url.username === '' && url.password === '' ? {} : { password: decoded(url.password) }),
  };
  if (protocol === 'unix:') return { ...target, ...socketOf(url, hosts, options) };
  if (oneHost) return { ...target, ...serverOf(url, options) };
  if (target.cluster) return { ...target, ...clusterOf(url, hosts, options) };
  return { ...target, ...sentinelsOf(url, hosts, options) };
}

type Place = Omit<RedisTarget, 'username' | 'password' | 'cluster'>;

function socketOf(url: URL, host: string, options: Options): Place {
  if (host !== '' || url.pathname.length < 2) {
    throw new UrlFaultError('unix:// must be followed by the absolute path of a socket: unix:///path');
  }
  const path = decoded(url.pathname);
  return { address: { path }, database: databaseOf(options.get('db') ?? ''), where: `unix://${path}` };
}

function serverOf(url: URL, options: Options): Place {
  if (url.hostname === '') {
    throw new UrlFaultError('has no host; a unix socket is named by unix:///path');
  }
  const address = { ...hostAndPort(url, DEFAULT_PORT), family: familyOf(options.get('family')) };
  const database = databaseOf(url.pathname.slice(1));
  const where = `${url.protocol}//${url.host}${database === 0 ? '' : `/${database}`}`;
  // A server may hold certificates of several names, and has to be told by which one it was called.
  return { address, ...tlsOf(url, options, isIP(address.host) ? undefined : address.host), database, where };
}

function sentinelsOf(url: URL, hosts: string, options: Options): Place {
  const [master = '', database = '', ...more] = url.pathname.slice(1).split('/').map(decoded);
  if (master === '' || more.length > 0) {
    throw new UrlFaultError(
      'must name the master that the sentinels watch: redis-sentinel://host,host/master[/database]',
    );
  }
  const [username, password] = [options.get('sentinelUser'), options.get('sentinelPassword')];
  return {
    address: {
      sentinels: hostsAndPorts(hosts, DEFAULT_SENTINEL_PORT),
      master,
      family: familyOf(options.get('family')),
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(password === undefined ? {} : { sentinelPassword: password }),
    },
    ...tlsOf(url, options),
    database: databaseOf(database),
    where: `${url.protocol}//${hosts}/${master}${database === '' ? '' : `/${database}`}`,
  };
}

function clusterOf(url: URL, hosts: string, options: Options): Place {
  if (url.pathname.length > 1) {
    throw new UrlFaultError('has a path after its hosts; a cluster has one database, which has no number');
  }
  return {
    address: { nodes: hostsAndPorts(hosts, DEFAULT_PORT), family: familyOf(options.get('family')) },
    ...tlsOf(url, options),
    database: 0,
    where: `${url.protocol}//${hosts}`,
  };
}

function hostsAndPorts(hosts: string, defaultPort: number): HostAndPort[] {
  return hosts.split(',').map((each) => hostAndPort(asUrl(`redis://${each}`), defaultPort));
}

function asUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new UrlFaultError(
      `can't be read as ${FORM}; characters such as / ? # @ : % in a password are written %2F %3F %23 %40 %3A %25`,
    );
  }
}

function hostAndPort(url: URL, defaultPort: number): HostAndPort {
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) throw new UrlFaultError('port 0 is none that a server listens on');
  if (url.hostname === '') throw new UrlFaultError('misses the name of a host');
  // An IPv6 address stands in brackets in a URL only.
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** How TLS is spoken, where the scheme asks for it. `name`: by which the server is called unless an option says so. */
function tlsOf({ protocol }: URL, options: Options, name?: string): { tls?: TlsIdentity } {
  if (!protocol.startsWith('rediss')) return {};
  const serverName = options.get('tlsServerName') ?? name;
  return {
    tls: new TlsIdentity(
      {
        tlsCAFile: options.get('tlsCAFile'),
        tlsCertificateFile: options.get('tlsCertificateFile'),
        tlsKeyFile: options.get('tlsKeyFile'),
      },
      serverName,
    ),
  };
}

/** The options in the query. @throws UrlFaultError at one that is not known or has no value, and at a fragment */
function optionsOf(url: URL): Options {
  if (url.hash !== '') {
    throw new UrlFaultError('has a part after #, which means nothing here; # in a password is written %23');
  }
  const known: readonly string[] = OPTIONS[url.protocol] ?? [];
  const options = new Map<Option, string>();
  for (const part of url.search.slice(1).split('&').filter(Boolean)) {
    const [name = '', ...value] = part.split('=');
    if (!known.includes(name)) {
      throw new UrlFaultError(
        `has an option after ? that is not supported (${url.protocol}// takes ${known.join(', ')}); ` +
          '? in a password is written %3F',
      );
    }
    // A plus is a plus: those who write passwords think of no form.
    const text = decoded(value.join('='));
    if (text === '') throw new UrlFaultError(`has no value for its option ${name}`);
    options.set(name as Option, text);
  }
  return options;
}

function databaseOf(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,6}$/.test(text)) throw new UrlFaultError('the database must be a number, as in redis://host/1');
  return Number(text);
}

function familyOf(text: string | undefined): Family {
  if (text === undefined || text === '0') return 0;
  if (text === '4' || text === '6') return Number(text) as Family;
  throw new UrlFaultError('family must be 0 (either), 4 or 6');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new UrlFaultError('has a % that begins no character; % in a password is written %25');
  }
}
