import { hash, randomBytes } from 'node:crypto';
import { type TokenEntry, tokenEntry, writeTokenEntry } from './token-entry.js';

/** Random bytes in a token: beyond guessing, so that a fast hash is enough to keep it. */
const SECRET_BYTES = 32;
/** Makes a token known for what it is, to people and to scanners for leaked secrets. */
const PREFIX = 'hs_';

/** The token that someone wants. */
export interface TokenWish extends Pick<TokenEntry, 'name' | 'role'> {
  /** From when on it is refused, in milliseconds since 1970; undefined for never. */
  readonly expiresAt?: number | undefined;
}

/** A token that was just made. */
export interface CreatedToken {
  /** For its owner alone; it is kept nowhere. */
  readonly token: string;
  /** The line for `API_TOKENS` or the file that `API_TOKENS_FILE` names; no secret. */
  readonly entry: string;
}

/** Makes a token and its entry. @throws TokenEntryError when name, role or expiry can't stand in an entry */
export function createToken({ name, role, expiresAt }: TokenWish): CreatedToken {
  const token = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, entry: writeTokenEntry(tokenEntry(name, role, tokenHash(token), expiresAt)) };
}

/** What of a token is kept and compared: its SHA-256. */
export function tokenHash(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
