import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Packing } from './accepted-packing.js';

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
/** Bytes that the compressors hand over at once: each part is a way to their thread and back. */
const CHUNK_BYTES = 64 * 1024;

/** `once`: for what is packed once and sent often; as small as can be, in a hundred times the time. */
export type Effort = 'each' | 'once';

const BROTLI_QUALITY = { each: 1, once: 11 } as const satisfies Record<Effort, number>;
const GZIP_LEVEL = { each: 1, once: 9 } as const satisfies Record<Effort, number>;

/** Packs bytes, beside the event loop. */
export function pack(content: Buffer, packing: Packing, effort: Effort): Promise<Buffer> {
  if (packing === 'gzip') return zip(content, { level: GZIP_LEVEL[effort], chunkSize: CHUNK_BYTES });
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY[effort],
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotli(content, { params, chunkSize: CHUNK_BYTES });
}
