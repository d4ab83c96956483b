import { isUtf8 } from 'node:buffer';
import { InvalidInputError, type KeptValue } from '@hybrid-sync/sync-core';
import { bytesOf, keptText, typedValueIn } from '../tools/typed-value.js';

/** How the name of a key begins whose bytes are no text; the rest is Base64 of all of them. */
const KEY_MARK = '\0data:;base64,';

/** How many bytes keys and values may have, as they are kept. */
export interface ByteLimits {
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
}

/**
 * The name under which cache and shadow know a key of these bytes: the text that they are. Bytes that are no text stand
 * in it as Base64 behind a mark, and so does a text that begins with that mark, so that no two keys have one name.
 * @throws InvalidInputError naming `key`
 */
export function keyNamed(bytes: Buffer, { maxKeyBytes }: ByteLimits): string {
  const text = isUtf8(bytes) ? bytes.toString() : undefined;
  const name =
    text !== undefined && !text.startsWith(KEY_MARK) ? text : `${KEY_MARK}${bytes.toString('base64')}`;
  if (bytes.length === 0) throw new InvalidInputError('key', 'must not be empty');
  if (Buffer.byteLength(name) > maxKeyBytes) {
    throw new InvalidInputError(
      'key',
      `must be at most ${maxKeyBytes} bytes, as Base64 where it is no UTF-8`,
    );
  }
  return name;
}

/** The bytes of the key with this name; undefined for a name that only another door can have given. */
export function keyBytesOf(name: string): Buffer | undefined {
  if (!name.startsWith(KEY_MARK)) return Buffer.from(name);
  const bytes = Buffer.from(name.slice(KEY_MARK.length), 'base64');
  const isText = isUtf8(bytes) && !bytes.toString().startsWith(KEY_MARK);
  return isText || `${KEY_MARK}${bytes.toString('base64')}` !== name ? undefined : bytes;
}

/** The text that cache and shadow keep of a value of these bytes. @throws InvalidInputError naming `value` */
export function keptValue(bytes: Buffer, { maxValueBytes }: ByteLimits): string {
  if (!isUtf8(bytes)) {
    return keptText(
      { value: bytes.toString('base64'), contentType: undefined, encoding: 'base64' },
      maxValueBytes,
    );
  }
  if (bytes.length > maxValueBytes) {
    throw new InvalidInputError('value', `must be at most ${maxValueBytes} bytes`);
  }
  return keptText({ value: bytes.toString(), contentType: undefined, encoding: undefined }, maxValueBytes);
}

/** The value that a kept text, or its bytes, stands for: itself where it is text, else bytes. */
export function unmarked(kept: KeptValue): KeptValue {
  // What has no mark, as nearly all have none, is not looked at any further.
  if (typeof kept === 'string' ? !kept.startsWith('\0') : kept[0] !== 0) return kept;
  const typed = typedValueIn(kept.toString());
  return typed.encoding === undefined ? typed.value : bytesOf(typed);
}
