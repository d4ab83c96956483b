import { inlineArguments } from './inline-arguments.js';
import { ProtocolError } from './protocol-error.js';

/** Longest line: a request that a person typed, or the head of an array or of a bulk string; in bytes, as in Redis. */
const MAX_LINE_BYTES = 64 * 1024;
/** Most arguments that a request may announce, as in Redis. */
const MAX_ARGUMENTS = 2 ** 31 - 1;
/** Largest argument that may be announced, in bytes, as in Redis. */
const MAX_BULK_BYTES = 512 * 1024 * 1024;
/** The same of who has not said who it is, as in Redis. */
const MAX_ARGUMENTS_OF_STRANGERS = 10;
const MAX_BULK_BYTES_OF_STRANGERS = 16 * 1024;
/** What an argument takes beside its bytes. */
const ARGUMENT_COST = 64;
/** Room that an argument of several chunks has at first, in bytes. */
const FIRST_ROOM = 4096;

/** A line of fewer bytes, as all heads are, is looked through byte by byte. */
const SHORT_LINE_BYTES = 16;

const LF = 10;
const CR = 13;
const MINUS = 45;
const DOLLAR = 36;
const STAR = 42;
const NONE: Buffer = Buffer.alloc(0);

/** What a parser keeps of a request, at most. */
export interface RequestBounds {
  /** Bytes of an argument. */
  readonly argumentBytes: number;
  /** Bytes of all arguments, each of which counts 64 more. */
  readonly requestBytes: number;
}

/** What a client asks for. */
export interface RedisRequest {
  /** The command's name, and what stands behind it; empty for a request that was too large. */
  readonly args: readonly Buffer[];
  /** What it takes in memory, about. */
  readonly bytes: number;
  /** It was beyond a bound, and its rest was thrown away as it came. */
  readonly tooLarge: boolean;
}

/**
 * Makes requests of bytes as they arrive: arrays of bulk strings, or lines that a person typed.
 *
 *   line ─ `*n` ─▶ head of an argument ─ `$n` ─▶ its bytes ─┬─▶ the next one's head
 *     │                                                     └─ it was the last ─▶ request
 *     └─ other ─▶ request
 *
 * It holds no more than a request within the bounds and the bytes that arrived behind it. A request beyond them is thrown
 * away as it comes, so that its connection lives on; what Redis would not take either is a ProtocolError.
 */
export class RequestParser {
  readonly #bounds: RequestBounds;
  /** Whether the client has said who it is: until then little is taken from it. */
  trusted: boolean;
  #chunk = NONE;
  #at = 0;
  /** Where the line begins and ends that was found last, without its end's bytes. */
  #lineStart = 0;
  #lineEnd = 0;
  /** Arguments that the request still lacks; 0 between two requests. */
  #missing = 0;
  #args: Buffer[] = [];
  #bytes = 0;
  #tooLarge = false;
  /** Bytes that the present argument and its line's end still lack; undefined before its head. */
  #bulkLeft: number | undefined;
  /** Begins with what there is of the present argument, where that comes in several chunks. */
  #begun = NONE;
  #filled = 0;

  constructor(bounds: RequestBounds, trusted: boolean) {
    this.#bounds = bounds;
    this.trusted = trusted;
  }

  /** Whether it has a part of a request, or requests that were not taken yet. */
  get holds(): boolean {
    return this.#missing > 0 || this.#at < this.#chunk.length;
  }

  /** Bytes of all that, about. */
  get heldBytes(): number {
    const kept = this.#missing === 0 || this.#tooLarge ? 0 : this.#bytes - (this.#bulkLeft ?? 0);
    return kept + this.#chunk.length - this.#at;
  }

  /** Takes what arrived. */
  feed(chunk: Buffer): void {
    this.#chunk =
      this.#at < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
  }

  /** The next request; undefined where its rest is still to come. @throws ProtocolError */
  next(): RedisRequest | undefined {
    for (;;) {
      const request = this.#missing === 0 ? this.#begin() : this.#argument();
      if (request === 'wait') return undefined;
      if (request !== 'on') return request;
    }
  }

  #begin(): RedisRequest | 'on' | 'wait' {
    const isArray = this.#chunk[this.#at] === STAR;
    if (!this.#line(isArray ? 'too big mbulk count string' : 'too big inline request')) return 'wait';
    if (!isArray) {
      const line = this.#chunk.subarray(this.#lineStart, this.#lineEnd);
      const args = inlineArguments(line);
      const bytes = line.length + ARGUMENT_COST * args.length;
      return args.length === 0 ? 'on' : { args, bytes, tooLarge: false };
    }
    const count = this.#number();
    if (count === undefined || count > MAX_ARGUMENTS) throw new ProtocolError('invalid multibulk length');
    if (!this.trusted && count > MAX_ARGUMENTS_OF_STRANGERS) {
      throw new ProtocolError('unauthenticated multibulk length');
    }
    this.#missing = Math.max(0, count);
    this.#args = [];
    this.#bytes = 0;
    this.#tooLarge = false;
    return 'on';
  }

  #argument(): RedisRequest | 'on' | 'wait' {
    if (this.#bulkLeft === undefined) {
      if (!this.#line('too big bulk count string')) return 'wait';
      this.#announced();
    }
    if (!this.#take()) return 'wait';
    this.#missing--;
    if (this.#missing > 0) return 'on';
    const request = { args: this.#args, bytes: this.#bytes, tooLarge: this.#tooLarge };
    this.#args = [];
    return request;
  }

  #announced(): void {
    const mark = this.#lineStart < this.#lineEnd ? this.#chunk[this.#lineStart] : undefined;
    if (mark !== DOLLAR) {
      const shown = mark === undefined ? '' : String.fromCharCode(mark);
      throw new ProtocolError(`expected '$', got '${shown.replace(/[^ -~]/, '?')}'`);
    }
    const bytes = this.#number();
    if (bytes === undefined || bytes < 0 || bytes > MAX_BULK_BYTES) {
      throw new ProtocolError('invalid bulk length');
    }
    if (!this.trusted && bytes > MAX_BULK_BYTES_OF_STRANGERS) {
      throw new ProtocolError('unauthenticated bulk length');
    }
    this.#bytes += bytes + ARGUMENT_COST;
    this.#tooLarge ||= bytes > this.#bounds.argumentBytes || this.#bytes > this.#bounds.requestBytes;
    this.#bulkLeft = bytes + 2;
    if (this.#tooLarge) this.#args = [];
  }

  /** Takes what there is of the present argument. Returns whether that is all of it. */
  #take(): boolean {
    const left = this.#bulkLeft as number;
    if (this.#filled === 0 && !this.#tooLarge && this.#at + left <= this.#chunk.length) {
      this.#takeWhole(left);
      return true;
    }
    const there = this.#chunk.subarray(this.#at, this.#at + left);
    this.#at += there.length;
    this.#bulkLeft = left - there.length;
    const whole = this.#tooLarge ? NONE : this.#joined(there, this.#bulkLeft);
    if (this.#bulkLeft > 0) return false;
    this.#bulkLeft = undefined;
    this.#begun = NONE;
    this.#filled = 0;
    if (this.#tooLarge) return true;
    this.#keep(whole, 0, whole.length);
    return true;
  }

  /** The present argument is whole in the chunk, as nearly all are: nothing is made of it but what is kept. */
  #takeWhole(bytes: number): void {
    const start = this.#at;
    this.#at += bytes;
    this.#bulkLeft = undefined;
    this.#keep(this.#chunk, start, this.#at);
  }

  /** Keeps an argument that stands there with its line's end. */
  #keep(bytes: Buffer, start: number, end: number): void {
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) {
      throw new ProtocolError('a bulk string is longer than its head says');
    }
    this.#args.push(bytes.subarray(start, end - 2));
  }

  /**
   * The present argument as far as it is there, `left` bytes before its end. Chunks are copied, unless one is all of it: each
   * takes far more than its bytes, and may be a single one.
   */
  #joined(chunk: Buffer, left: number): Buffer {
    if (this.#filled + left === 0) return chunk;
    const filled = this.#filled + chunk.length;
    if (filled > this.#begun.length) {
      const larger = Buffer.allocUnsafe(Math.min(filled + left, Math.max(2 * filled, FIRST_ROOM)));
      this.#begun.copy(larger, 0, 0, this.#filled);
      this.#begun = larger;
    }
    chunk.copy(this.#begun, this.#filled);
    this.#filled = filled;
    return this.#begun.subarray(0, filled);
  }

  /** Finds the line that begins here, and goes behind it. Returns whether it is whole. */
  #line(tooLong: string): boolean {
    const end = this.#endOfLine();
    const bytes = (end === -1 ? this.#chunk.length : end) - this.#at;
    if (bytes > MAX_LINE_BYTES) throw new ProtocolError(tooLong);
    if (end === -1) return false;
    this.#lineStart = this.#at;
    this.#lineEnd = this.#chunk[end - 1] === CR && end > this.#at ? end - 1 : end;
    this.#at = end + 1;
    return true;
  }

  /** Where the next line feed is; -1 for nowhere. Heads are short: a look at them costs less than a search. */
  #endOfLine(): number {
    const near = Math.min(this.#at + SHORT_LINE_BYTES, this.#chunk.length);
    for (let at = this.#at; at < near; at++) if (this.#chunk[at] === LF) return at;
    return this.#chunk.indexOf(LF, near);
  }

  /** The number behind the first byte of the line; undefined where there is none. */
  #number(): number | undefined {
    const [chunk, end] = [this.#chunk, this.#lineEnd];
    const negative = chunk[this.#lineStart + 1] === MINUS;
    const start = this.#lineStart + (negative ? 2 : 1);
    // No number that is taken is longer.
    if (end <= start || end > start + 10) return undefined;
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = (chunk[at] as number) - 48;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
}
