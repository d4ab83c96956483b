import { readFileSync } from 'node:fs';
import { ArgumentError } from '../errors.js';

/** Where the api listens by default. */
export const DEFAULT_URL = 'http://127.0.0.1:8080';
/** How long a call may take by default, in seconds. */
export const DEFAULT_TIMEOUT_SEC = 10;
/** Longest time that a call may be given, in seconds: an hour. */
const MAX_TIMEOUT_SEC = 3600;
/** What a bearer token may consist of (RFC 6750, section 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The options about the connection, as they were given. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** In seconds. */
  readonly timeout?: string | undefined;
}

/** How to reach an api. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  /** Undefined where none is to be sent. */
  readonly token: string | undefined;
  /** A whole number. */
  readonly timeoutMs: number;
}

/** Finds URL and token: options first, then the environment. @throws ArgumentError naming the option or variable */
export function connectionOf(
  { url, tokenFile, timeout }: ConnectionOptions,
  env: Readonly<Record<string, string | undefined>>,
): Connection {
  return {
    url:
      url !== undefined
        ? checkedUrl('--url', url)
        : checkedUrl('HYBRID_SYNC_URL', env.HYBRID_SYNC_URL || DEFAULT_URL),
    token: tokenFile !== undefined ? tokenIn(tokenFile) : tokenOf(env),
    timeoutMs: Math.ceil(1000 * (timeout === undefined ? DEFAULT_TIMEOUT_SEC : checkedTimeout(timeout))),
  };
}

function checkedUrl(field: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new ArgumentError(
      field,
      'must be a URL that begins with http:// or https://',
      `such as ${DEFAULT_URL}`,
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new ArgumentError(
      field,
      'must not hold a user or password, which ps and logs would show',
      'give a token by --token-file or HYBRID_SYNC_TOKEN',
    );
  }
  if (url.search !== '' || url.hash !== '') throw new ArgumentError(field, 'must end before "?" and "#"');
  return url.href.replace(/\/+$/, '');
}

function tokenOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env.HYBRID_SYNC_TOKEN ? checkedToken('HYBRID_SYNC_TOKEN', env.HYBRID_SYNC_TOKEN) : undefined;
}

function tokenIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    // Without the name, which is the token where somebody took the option for another.
    throw new ArgumentError('--token-file', `can't read the file (${reason})`);
  }
  return checkedToken('--token-file', text);
}

function checkedToken(field: string, text: string): string {
  const token = text.trim();
  if (token === '') throw new ArgumentError(field, 'holds no token');
  if (!TOKEN.test(token)) {
    throw new ArgumentError(
      field,
      'must hold one token, as "hybrid-sync token create" prints it, and nothing else',
    );
  }
  return token;
}

function checkedTimeout(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SEC)) {
    throw new ArgumentError('--timeout', `must be a number of seconds above 0 and up to ${MAX_TIMEOUT_SEC}`);
  }
  return seconds;
}
