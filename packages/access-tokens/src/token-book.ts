import { timingSafeEqual } from 'node:crypto';
import { tokenHash } from './create-token.js';
import type { Role } from './roles.js';
import type { TokenEntry } from './token-entry.js';

/** Who calls, as far as that matters. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** Whose a presented token is. */
export type TokenOwner = Caller | 'unknown' | 'expired';

/** The tokens that are accepted. */
export class TokenBook {
  #entries: readonly TokenEntry[];

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries;
  }

  /** How many tokens there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Takes these entries instead, from the next call on. */
  replace(entries: readonly TokenEntry[]): void {
    this.#entries = entries;
  }

  /**
   * Whose token this is. Every entry is compared, each in constant time, so that neither a token nor its place in the
   * list can be found by how long the answer takes. `now`: milliseconds since 1970.
   */
  identify(token: string, now = Date.now()): TokenOwner {
    const hash = tokenHash(token);
    let found: TokenEntry | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.sha256, hash)) found = entry;
    if (found === undefined) return 'unknown';
    const { name, role, expiresAt } = found;
    return expiresAt !== undefined && expiresAt <= now ? 'expired' : { name, role };
  }
}
