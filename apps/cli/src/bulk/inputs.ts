import { ArgumentError } from '../errors.js';
import { linesOf } from './lines.js';
import { type LineRead, pairIn } from './pair-line.js';
import { type KeysToRead, keysOf } from './rdb-pairs.js';
import type { RdbServer } from './rdb-server.js';
import { pairOfShadow } from './shadow-line.js';

/** The longest line, in bytes: what a value of MongoDB's largest document may take in JSON. */
const MOST_LINE_BYTES = 6 * 16 * 1024 * 1024;

/** What one line or one key of an input holds. */
export interface InputPart {
  /** From 1 on. */
  readonly number: number;
  /** What messages call it. */
  readonly name: string;
  readonly bytes: number;
  readonly read: LineRead;
}

/** What each line may be: a pair, as `export` writes them, or a shadow, as `mongoexport` does. */
const READERS = { pairs: pairIn, shadows: pairOfShadow };
/** The name of one of {@link READERS}. */
export type LineKind = keyof typeof READERS;

/** The lines of an input. */
export async function* partsOfLines(
  input: AsyncIterable<Uint8Array | string>,
  kind: LineKind,
): AsyncGenerator<InputPart> {
  for await (const { number, bytes } of linesOf(input, MOST_LINE_BYTES)) {
    yield { number, name: `line ${number}`, bytes: bytes?.length ?? 0, read: readLine(bytes, READERS[kind]) };
  }
}

function readLine(bytes: Buffer | undefined, reader: (text: string) => LineRead): LineRead {
  if (bytes === undefined) return { fault: 'is too long' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'is not UTF-8' };
  }
  return reader(text);
}

/** The keys of an RDB file. @throws ArgumentError where the server ends, RedisError */
export async function* partsOfRdb(server: RdbServer, which: KeysToRead): AsyncGenerator<InputPart> {
  let number = 0;
  const keys = keysOf(server.redis, which);
  for (;;) {
    const { done, value } = await keys.next().catch((error: unknown) => {
      throw server.ended ? new ArgumentError('--rdb', 'redis-server ended before all was read') : error;
    });
    if (done) return;
    const { key, bytes, read } = value;
    yield { number: ++number, name: key, bytes, read };
  }
}
