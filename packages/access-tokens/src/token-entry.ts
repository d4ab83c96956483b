import { ROLES, type Role } from './roles.js';

/** What is written down of a token: everything but the token itself. */
export interface TokenEntry {
  /** Who holds it, for logs and refusals: 1 to 64 letters, digits, `.`, `_` or `-`. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, 32 bytes. */
  readonly sha256: Buffer;
  /** From when on it is refused, in milliseconds since 1970; absent for never. */
  readonly expiresAt?: number;
}

/** Entries that can't be used. The faults tell which entry by its number and never quote it: it may hold a token. */
export class TokenEntryError extends Error {
  override readonly name = 'TokenEntryError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('; '));
    this.faults = faults;
  }
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const EXPIRY = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/;
/** Most faults that are told one by one, so that what is said of a file of another kind stays short. */
const MAX_FAULTS = 20;
/** The last moment that is written with a year of four digits. */
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Reads entries of the form `name:role:sha256` or `name:role:sha256:expiry`, with line breaks, spaces or commas between
 * them; the rest of a line after `#` is a comment. The expiry is a date or a moment of UTC (`2027-01-31`,
 * `2027-01-31T18:00:00Z`); a date means its beginning.
 * @throws TokenEntryError naming the entries at fault, the first 20 one by one
 */
export function parseTokenEntries(text: string): TokenEntry[] {
  const { entries, faults } = readTokenEntries(text);
  if (faults.length > 0) throw new TokenEntryError(faults);
  return entries;
}

/** What {@link parseTokenEntries} reads, with the entries at fault left out and told: the first 20 each as a sentence. */
export function readTokenEntries(text: string): { entries: TokenEntry[]; faults: string[] } {
  const parts = text
    .split(/\r?\n/)
    // All of the line: other characters that end lines elsewhere must not let an entry out of a comment.
    .flatMap((line) => line.replace(/#.*/s, '').split(/[\s,]+/))
    .filter((part) => part !== '');
  const entries: TokenEntry[] = [];
  const faults: string[] = [];
  const names = new Set<string>();
  const tokens = new Set<string>();
  for (const [index, part] of parts.entries()) {
    try {
      const entry = parseEntry(part);
      if (names.has(entry.name)) fail('an entry before it has the same name');
      if (tokens.has(entry.sha256.toString('hex'))) fail('an entry before it has the same token');
      names.add(entry.name);
      tokens.add(entry.sha256.toString('hex'));
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof TokenEntryError)) throw error;
      faults.push(`entry ${index + 1}: ${error.message}`);
    }
  }
  const more = faults.length - MAX_FAULTS;
  return { entries, faults: more > 0 ? [...faults.slice(0, MAX_FAULTS), `${more} more entries`] : faults };
}

/** The entry as {@link parseTokenEntries} reads it. */
export function writeTokenEntry({ name, role, sha256, expiresAt }: TokenEntry): string {
  const expiry = expiresAt === undefined ? '' : `:${new Date(expiresAt).toISOString()}`;
  return `${name}:${role}:${sha256.toString('hex')}${expiry}`;
}

/**
 * Makes an entry of its parts; `expiresAt` in milliseconds since 1970, undefined for never.
 * @throws TokenEntryError when one can't stand in an entry
 */
export function tokenEntry(
  name: string,
  role: string,
  sha256: Buffer,
  expiresAt: number | undefined,
): TokenEntry {
  const knownRole = ROLES.find((each) => each === role);
  if (!NAME.test(name)) fail('the name must be 1 to 64 letters, digits, ".", "_" or "-"');
  if (knownRole === undefined) return fail(`the role must be one of ${ROLES.join(', ')}`);
  if (expiresAt === undefined) return { name, role: knownRole, sha256 };
  if (!(expiresAt >= 0 && expiresAt <= LAST_MOMENT)) fail('the expiry must lie between 1970 and 9999');
  return { name, role: knownRole, sha256, expiresAt };
}

/**
 * Reads an expiry as entries have it, in milliseconds since 1970.
 * @throws TokenEntryError when it has another form, or there is no such day
 */
export function parseExpiry(text: string): number {
  const expiresAt = EXPIRY.test(text) ? Date.parse(text) : Number.NaN;
  // Date takes the 30th of February for the 2nd of March.
  const isThatDay =
    !Number.isNaN(expiresAt) && new Date(expiresAt).toISOString().startsWith(text.slice(0, 10));
  if (!isThatDay) fail('the expiry must be a day or moment like 2027-01-31 or 2027-01-31T18:00:00Z');
  return expiresAt;
}

function parseEntry(part: string): TokenEntry {
  const [name = '', role = '', sha256, ...rest] = part.split(':');
  if (sha256 === undefined) {
    return fail('must have the form name:role:sha256, which "hybrid-sync token create" prints');
  }
  const entry = tokenEntry(name, role, Buffer.from(sha256, 'hex'), undefined);
  if (!SHA256.test(sha256)) fail("the third part must be the token's SHA-256, 64 hexadecimal digits");
  if (rest.length === 0) return entry;
  return tokenEntry(name, role, entry.sha256, parseExpiry(rest.join(':')));
}

function fail(message: string): never {
  throw new TokenEntryError([message]);
}
