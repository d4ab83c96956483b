import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import { isMediaType } from '@hybrid-sync/tool-contract';

/** The type of bytes of which nobody said what they are. */
const ANY_BYTES = 'application/octet-stream';
/** How the text begins that stands for a value with a type. */
const MARK = '\0data:';
/** The same with its type, and whether the bytes after it are in Base64. An empty type marks a value without one. */
const MARKED = /^\0data:([^,]*?)(;base64)?,/;
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
 * The text that cache and shadow keep of a value. A value with a type is kept behind a mark, NUL and the head of a `data:`
 * URL (RFC 2397), so that whatever carries text carries its type as well; a value without one is kept as it is.
 * `maxBytes`: what may be kept.
 * @throws InvalidInputError naming `value` where it is too long so, or is no Base64 although it should be
 */
export function keptText({ value, contentType, encoding }: GivenValue, maxBytes: number): string {
  if (encoding) return kept(contentType ?? ANY_BYTES, bytesIn(value), maxBytes);
  if (contentType) return bounded(`${MARK}${contentType},${value}`, maxBytes);
  return value.startsWith(MARK) ? bounded(`${MARK},${value}`, maxBytes) : value;
}

/** The value that a kept text stands for; the text itself where what looks like a mark has no type that a value can have. */
export function typedValueIn(text: string): TypedValue {
  const marked = MARKED.exec(text);
  if (marked === null) return { value: text };
  const [mark, contentType, encoded] = marked;
  if (contentType && !isMediaType(contentType)) return { value: text };
  const value = text.slice(mark.length);
  return {
    value,
    ...(contentType ? { contentType } : {}),
    ...(encoded === undefined ? {} : { encoding: 'base64' }),
  };
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

function kept(contentType: string, bytes: Buffer, maxBytes: number): string {
  const { value, encoding } = typedValueOf(contentType, bytes);
  return bounded(`${MARK}${contentType}${encoding ? ';base64' : ''},${value}`, maxBytes);
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
