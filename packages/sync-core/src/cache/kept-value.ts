import { isUtf8 } from 'node:buffer';

// A value with a type, or whose bytes are no UTF-8, is kept behind a mark, NUL and the head of a `data:` URL (RFC 2397), so
// that whatever carries text carries its type as well; a text without a type is kept as it is.

/** The type of bytes of which nobody said what they are. */
export const ANY_BYTES = 'application/octet-stream';
/** How the text begins that stands for a value with a type. */
const MARK = '\0data:';
/** The same with its type, and whether the bytes after it are in Base64. An empty type marks a value without one. */
const MARKED = /^\0data:([^,]*?)(;base64)?,/;
/** A type as far as it has to be known here: whoever sets one has it checked whole. */
const A_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+/;

/** A kept text taken apart. */
export interface KeptParts {
  /** Empty for a value without one. */
  readonly contentType: string;
  /** Whether `text` is Base64 of bytes that are no UTF-8. */
  readonly base64: boolean;
  readonly text: string;
}

/** What a kept text holds; the text itself where what looks like a mark has no type. As lua/kept-value.lua does it. */
export function keptParts(kept: string): KeptParts {
  const [mark, contentType = '', base64] = MARKED.exec(kept) ?? [];
  if (mark === undefined || (contentType !== '' && !A_TYPE.test(contentType))) {
    return { contentType: '', base64: false, text: kept };
  }
  return { contentType, base64: base64 !== undefined, text: kept.slice(mark.length) };
}

/** The text to keep of bytes of a type, which is empty for none. */
export function keptOf(contentType: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return keptOfText(contentType, bytes.toString());
  return `${MARK}${contentType || ANY_BYTES};base64,${bytes.toString('base64')}`;
}

/** The same of a text. One of someone's own that begins as a mark does is kept behind one. */
export function keptOfText(contentType: string, text: string): string {
  return contentType !== '' || text.startsWith(MARK) ? `${MARK}${contentType},${text}` : text;
}

/** The text to keep of what another one holds with more bytes behind it, and the same type. */
export function keptWith(kept: string, more: Buffer): string {
  const { contentType, base64, text } = keptParts(kept);
  return keptOf(contentType, Buffer.concat([Buffer.from(text, base64 ? 'base64' : 'utf8'), more]));
}
