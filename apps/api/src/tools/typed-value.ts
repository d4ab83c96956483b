import { isUtf8 } from 'node:buffer';
import { ANY_BYTES, InvalidInputError, keptOf, keptOfText, keptParts } from '@hybrid-sync/sync-core';
import { isMediaType } from '@hybrid-sync/tool-contract';

/** Base64 as RFC 4648 has it, with its padding. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A value as JSON has it: text, or the Base64 of bytes that are no UTF-8. */
export interface TypedValue {
  readonly value: string;
  /** Its media type; absent for a value without one. */
  readonly contentType?: string;
  readonly encoding?: 'base64';
}

/** The same as a caller gives it, where null is absent as well, and Base64 may hold any bytes. */
type GivenValue = { readonly [Name in keyof TypedValue]: TypedValue[Name] | null | undefined } & {
  readonly value: string;
};

/**
 * The text that cache and shadow keep of a value: see {@link keptOf}. `maxBytes`: what may be kept.
 * @throws InvalidInputError naming `value` where it is too long so, or is no Base64 although it should be
 */
export function keptText({ value, contentType, encoding }: GivenValue, maxBytes: number): string {
  if (encoding) return bounded(keptOf(contentType || ANY_BYTES, bytesIn(value)), maxBytes);
  const kept = keptOfText(contentType ?? '', value);
  return kept === value ? value : bounded(kept, maxBytes);
}

/** The value that a kept text stands for; the text itself where what looks like a mark has no type that a value can have. */
export function typedValueIn(kept: string): TypedValue {
  const { contentType, base64, text } = keptParts(kept);
  if (contentType && !isMediaType(contentType)) return { value: kept };
  return { value: text, ...(contentType ? { contentType } : {}), ...(base64 ? { encoding: 'base64' } : {}) };
}

/** The value that these bytes are. */
export function typedValueOf(contentType: string, bytes: Buffer): TypedValue {
  return isUtf8(bytes)
    ? { value: bytes.toString('utf8'), contentType }
    : { value: bytes.toString('base64'), contentType, encoding: 'base64' };
}

/** The bytes that a value is. */
export function bytesOf({ value, encoding }: TypedValue): Buffer {
  return Buffer.from(value, encoding ?? 'utf8');
}

function bytesIn(base64: string): Buffer {
  if (!BASE64.test(base64)) throw new InvalidInputError('value', 'must be Base64, with its padding');
  return Buffer.from(base64, 'base64');
}

function bounded(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  throw new InvalidInputError(
    'value',
    `must be at most ${maxBytes} bytes as it is kept: with its type, and in Base64 where it is no UTF-8`,
  );
}
