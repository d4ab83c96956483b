import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { ArgumentError } from '../errors.js';
import type { Surroundings } from '../surroundings.js';

/** Most bytes that are read for one argument: MongoDB holds no larger document, so no larger value either. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Node puts this character in place of bytes that are not UTF-8. */
const REPLACEMENT = '\u{FFFD}';

/** Finds the text that an argument stands for: itself, a file's (`@file`), standard input's (`@-`); `@@x` is `@x`. */
export class TextSource {
  readonly #surroundings: Pick<Surroundings, 'stdin' | 'signal'>;
  #readBy: string | undefined;

  constructor(surroundings: Pick<Surroundings, 'stdin' | 'signal'>) {
    this.#surroundings = surroundings;
  }

  /** @throws ArgumentError naming the argument */
  async textOf(name: string, word: string): Promise<string> {
    if (word.includes(REPLACEMENT)) {
      throw new ArgumentError(
        name,
        'is not UTF-8, or holds the character U+FFFD, which stands for what is not',
        `put it into a file: ${name}=@file`,
      );
    }
    if (!word.startsWith('@') || word.startsWith('@@')) return word.replace(/^@@/, '@');
    const place = word.slice(1);
    if (place === '-') return this.#standardInput(name);
    if (place === '') throw new ArgumentError(name, 'needs a file after "@"', `a literal "@" is ${name}=@@`);
    return this.#read(name, 'the file', createReadStream(place));
  }

  #standardInput(name: string): Promise<string> {
    if (this.#readBy !== undefined) {
      throw new ArgumentError(name, `standard input is read for ${this.#readBy} already`);
    }
    this.#readBy = name;
    return this.#read(name, 'standard input', this.#surroundings.stdin);
  }

  async #read(name: string, place: string, stream: Readable): Promise<string> {
    const { signal } = this.#surroundings;
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of addAbortSignal(signal, stream)) {
        parts.push(Buffer.from(part));
        bytes += part.length;
        if (bytes > MAX_BYTES) throw new ArgumentError(name, `${place} holds more than 16 MiB`);
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof ArgumentError) throw error;
      throw new ArgumentError(
        name,
        `can't read ${place} (${reasonOf(error)})`,
        `a literal "@" is ${name}=@@`,
      );
    }
    try {
      // A byte order mark is part of the value, too.
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
    } catch {
      throw new ArgumentError(
        name,
        `${place} is not UTF-8`,
        'set takes bytes as Base64: base64 -w0 <file> | hybrid-sync set key=<key> value=@- encoding=base64',
      );
    }
  }
}

function reasonOf(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'you may not read it',
    EISDIR: 'it is a folder',
  };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (code || 'unknown reason');
}
