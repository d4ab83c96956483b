import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import { errorCodes } from 'fastify';
import { RefusalError } from '../problem-details.js';

/** Bytes that are unpacked in one go; Node's own 16 KiB take twice the time. */
const CHUNK_BYTES = 64 * 1024;

/** With `info`, what Node gives back beside the bytes; its types don't know it. */
interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const UNPACK: Readonly<Record<string, (packed: Buffer, options: ZlibOptions) => object>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

const UNKNOWN = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'must be one of gzip, deflate and br',
  'Content-Encoding',
  { 'accept-encoding': 'gzip, deflate, br' },
);

/**
 * The bytes of a body as they were before it was packed. At once, not beside the event loop: so there is one at a time in
 * memory, however many are sent, and what ends at the limit takes less time than it takes to parse as much.
 * `encoding`: the request's `Content-Encoding`; undefined for none. `maxBytes`: the unpacked body's, at most.
 * @throws RefusalError for an encoding that is not known, or more than one
 * @throws InvalidInputError for a body that is packed otherwise, cut off, or followed by something
 * @throws FST_ERR_CTP_BODY_TOO_LARGE, Fastify's own, for a body that would be longer
 */
export function unpackedBody(
  body: Buffer,
  encoding = 'identity',
  maxBytes = Number.POSITIVE_INFINITY,
): Buffer {
  const name = encoding.toLowerCase();
  if (name === 'identity') return body;
  const unpack = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined;
  if (unpack === undefined) throw UNKNOWN;
  const options = { maxOutputLength: maxBytes, chunkSize: CHUNK_BYTES, info: true };
  const { buffer, engine } = attempt(() => unpack(body, options) as Unpacked, name);
  if (engine.bytesWritten !== body.length) throw notPacked(name);
  return buffer;
}

function attempt<Result>(unpack: () => Result, encoding: string): Result {
  try {
    return unpack();
  } catch (error) {
    const tooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw tooLarge ? new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE() : notPacked(encoding);
  }
}

function notPacked(encoding: string): InvalidInputError {
  return new InvalidInputError('body', `is not ${encoding}, or cut off`);
}
