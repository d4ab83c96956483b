import { expiryOf } from '../expiry.js';

/** A pair as the cache holds it. */
export interface CachedPair {
  readonly key: string;
  readonly value: string;
  readonly version: number;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** The beginning of a pair, for showing it. */
export interface PairHead {
  readonly key: string;
  readonly version: number;
  /** Bytes of the value as it is kept. */
  readonly bytes: number;
  /** The beginning of the value as it is kept, or all of it. */
  readonly preview: string;
  /** Whether the value goes on behind that. */
  readonly cut: boolean;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number;
}

/** A field of a reply of lua/read.lua or lua/heads.lua. */
type Field = string | number | null | undefined;

/** A pair of what a script tells of it. */
export function pairOf(key: string, value: string, version: Field, expireMs: Field): CachedPair {
  return { key, value, version: Number(version), ...expiring(expireMs) };
}

/** The beginning of a pair, of what a script tells of it. */
export function headOf(key: string, [version, size, start, expireMs]: readonly Field[]): PairHead {
  const bytes = Number(size);
  const text = String(start);
  const cut = Buffer.byteLength(text) < bytes;
  // The cut may go through a character.
  const preview = cut ? text.replace(/\uFFFD+$/, '') : text;
  return { key, version: Number(version), bytes, preview, cut, ...expiring(expireMs) };
}

function expiring(expireMs: Field): { expireAt?: number } {
  const expireAt = expiryOf(Number(expireMs));
  return expireAt === undefined ? {} : { expireAt };
}
