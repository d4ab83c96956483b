import { onDemand } from 'bson';
import { MalformedFrameError } from './frame-reader.js';

/** One field of a raw document. */
export interface RawField {
  readonly name: string;
  /** BSON type number. */
  readonly type: number;
  /** Where the whole element starts (its type byte) and ends in the document. */
  readonly start: number;
  readonly end: number;
  /** Where the value starts. */
  readonly valueStart: number;
}

/**
 * The top-level fields of a raw document, without decoding a value.
 * @throws MalformedFrameError when it is not BSON
 */
export function rawFields(document: Buffer): RawField[] {
  try {
    return Array.from(
      onDemand.parseToElements(document),
      ([type, nameStart, nameLength, valueStart, length]) => ({
        name: document.toString('utf8', nameStart, nameStart + nameLength),
        type,
        start: nameStart - 1,
        end: valueStart + length,
        valueStart,
      }),
    );
  } catch (error) {
    throw new MalformedFrameError('a command that is not BSON', { cause: error });
  }
}

const BSON_STRING = 2;

/** The value of a string field, or undefined when it is of another type. */
export function stringValue(document: Buffer, field: RawField): string | undefined {
  if (field.type !== BSON_STRING) return undefined;
  return document.toString('utf8', field.valueStart + 4, field.end - 1);
}

/** A copy of a raw document with some fields left out; the document itself when all are kept. */
export function withoutFields(
  document: Buffer,
  fields: readonly RawField[],
  dropped: ReadonlySet<string>,
): Buffer {
  const kept = fields.filter(({ name }) => !dropped.has(name));
  if (kept.length === fields.length) return document;
  const length = kept.reduce((sum, { start, end }) => sum + end - start, 5);
  const copy = Buffer.allocUnsafe(length);
  copy.writeInt32LE(length, 0);
  let offset = 4;
  for (const { start, end } of kept) offset += document.copy(copy, offset, start, end);
  copy[offset] = 0;
  return copy;
}

/**
 * What starts at `offset` with its own length as an int32: a document or a section.
 * @throws MalformedFrameError when it does not end before `end`
 */
export function sizedSlice(frame: Buffer, offset: number, end: number): Buffer {
  const length = offset + 4 <= end ? frame.readInt32LE(offset) : 0;
  if (length < 5 || offset + length > end) throw new MalformedFrameError(`a section of ${length} bytes`);
  return frame.subarray(offset, offset + length);
}

/**
 * Documents that lie end to end, as a document sequence has them; they are not looked into.
 * @throws MalformedFrameError when they don't fill it
 */
export function documentsIn(sequence: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let offset = 0; offset < sequence.length; offset += documents.at(-1)?.length ?? 0) {
    documents.push(sizedSlice(sequence, offset, sequence.length));
  }
  return documents;
}
