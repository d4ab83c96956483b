import { accessSync, constants } from 'node:fs';
import { MongoClient } from 'mongodb';
import { reasonOf } from '../errors.js';
import { UrlFaultError } from './url-fault.js';

/** Where the shadows and the outbox are, as the driver and the service need it. */
export interface MongodbTarget {
  /** The URL for the driver, without the options that the service decides itself. It may hold credentials. */
  readonly url: string;
  /** The database. */
  readonly database: string;
  /** Options of the URL that have no effect, since the service decides them. */
  readonly overridden: readonly string[];
}

/** A URL of MongoDB that can't be used. Its message holds nothing of the URL but names of options. */
export class MongodbUrlError extends UrlFaultError {
  override readonly name = 'MongodbUrlError';
}

/** Database of a URL that names none; of such a URL the driver would make the database "test". */
const DEFAULT_DATABASE = 'hybrid_sync';
/** Databases of MongoDB itself. */
const SYSTEM_DATABASES = ['admin', 'config', 'local'];
const LONGEST_DATABASE_NAME = 63;
/** Options that name a file, which the driver reads when it connects. */
const OF_FILES = ['tlsCAFile', 'tlsCertificateKeyFile', 'tlsCRLFile'] as const;

/**
 * What decides who sees which write is not the URL's to say: promises rest on it. Nor is what has a setting of its own.
 * In small letters, as the driver takes options in any.
 */
const DECIDED_HERE = [
  'readpreference',
  'readpreferencetags',
  'maxstalenessseconds',
  'readconcernlevel',
  'w',
  'journal',
  'j',
  'maxpoolsize',
];

/** Complaints of the driver that name options at most. Others may quote parts of the URL. */
const HARMLESS = [
  /^option \w+ is not supported$/,
  /^options \w+(, \w+)* are not supported$/,
  /^URI option "\w+" cannot (be specified with no value|appear more than once in the connection string)$/,
  /^(loadBalanced|directConnection|srvMaxHosts|srvServiceName|proxy\w+)\b[\w ,]*$/,
  /^Cannot use srvMaxHosts option with replicaSet$/,
  /^mongodb\+srv URI cannot have (port number|multiple service names)$/,
  /^tls\/ssl must be either "true" or "false"$/,
  /^(readPreference|compressors|authMechanism)$/,
  /^Protocol and host list are required in the uri$/,
];

/** Reads a URL of MongoDB, and looks whether the files are there that it names. @throws MongodbUrlError */
export function mongodbTarget(url: string): MongodbTarget {
  if (!/^mongodb(\+srv)?:\/\//.test(url)) {
    throw new MongodbUrlError('must start with mongodb:// or mongodb+srv://');
  }
  const { rest, overridden } = withoutDecided(url);
  checkFiles(readByDriver(rest));
  const path = /^[^:]+:\/\/[^/?]*\/([^?]*)/.exec(rest)?.[1];
  const database = path ? decodeURIComponent(path) : DEFAULT_DATABASE;
  checkDatabase(database);
  return { url: rest, database, overridden };
}

function withoutDecided(url: string): { rest: string; overridden: string[] } {
  const [address = '', query] = url.split(/\?(.*)/s);
  if (query === undefined) return { rest: url, overridden: [] };
  const nameOf = (option: string) => option.split('=', 1)[0] ?? '';
  const options = query.split('&').filter((option) => option !== '');
  const isDecided = (option: string) => DECIDED_HERE.includes(nameOf(option).toLowerCase());
  const kept = options.filter((option) => !isDecided(option));
  // The driver wants a slash before the options.
  return {
    rest: kept.length === 0 ? address : `${address}?${kept.join('&')}`,
    overridden: options.filter(isDecided).map(nameOf),
  };
}

/** The driver reads the URL, and connects to nothing. */
function readByDriver(url: string): MongoClient['options'] {
  try {
    return new MongoClient(url).options;
  } catch (error) {
    const complaint = reasonOf(error);
    if (
      /^[^:]+:\/\/[^/?#]*[/?#].*@/s.test(url) ||
      /^[^:]+:\/\/.*@.*@/s.test(url) ||
      /%(?![\da-f]{2})/i.test(url)
    ) {
      throw new MongodbUrlError(
        'has a character in its user or password that must be percent-encoded (: / ? # [ ] @ %)',
      );
    }
    throw new MongodbUrlError(
      HARMLESS.some((form) => form.test(complaint))
        ? `is not taken by the driver of MongoDB: ${complaint}`
        : 'is not taken by the driver of MongoDB: a host, a port or the value of an option is not well-formed',
    );
  }
}

function checkFiles(options: MongoClient['options']): void {
  for (const name of OF_FILES) {
    const path = options[name];
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new MongodbUrlError(`the file of ${name} can't be read${code === undefined ? '' : ` (${code})`}`);
    }
  }
}

function checkDatabase(name: string): void {
  if (/[/\\. "$*<>:|?\0]/.test(name) || Buffer.byteLength(name) > LONGEST_DATABASE_NAME) {
    throw new MongodbUrlError('names a database as none may be named in MongoDB');
  }
  if (SYSTEM_DATABASES.includes(name)) {
    throw new MongodbUrlError(
      `names the database ${name}, which is MongoDB's own; name one for this service`,
    );
  }
}
