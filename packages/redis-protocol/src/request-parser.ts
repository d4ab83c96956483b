import { inlineArguments } from './inline-arguments.js';
import { ProtocolError } from './protocol-error.js';

/** Longest line: a request that a person typed, or the head of an array or of a bulk string; in bytes, as in Redis. */
const MAX_LINE_BYTES = 64 * 1024;
/** Most arguments that a request may announce, as in Redis. */
const MAX_ARGUMENTS = 1024 * 1024;
/** Largest argument that may be announced, in bytes, as in Redis. */
const MAX_BULK_BYTES = 512 * 1024 * 1024;
/** The same of who has not said who it is, as in Redis. */
const MAX_ARGUMENTS_OF_STRANGERS = 10;
const MAX_BULK_BYTES_OF_STRANGERS = 16 * 1024;
/** What an argument takes beside its bytes. */
const ARGUMENT_COST = 64;
/** Room that an argument of several chunks has at first, in bytes. */
const FIRST_ROOM = 4096;

const LF = 10;
const CR = 13;
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
export interface Request {
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
  next(): Request | undefined {
    for (;;) {
      const request = this.#missing === 0 ? this.#begin() : this.#argument();
      if (request === 'wait') return undefined;
      if (request !== 'on') return request;
    }
  }

  #begin(): Request | 'on' | 'wait' {
    const isArray = this.#chunk[this.#at] === STAR;
    const line = this.#line(isArray ? 'too big mbulk count string' : 'too big inline request');
    if (line === undefined) return 'wait';
    if (!isArray) {
      const args = inlineArguments(line);
      const bytes = line.length + ARGUMENT_COST * args.length;
      return args.length === 0 ? 'on' : { args, bytes, tooLarge: false };
    }
    const count = numberIn(line);
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

  #argument(): Request | 'on' | 'wait' {
    if (this.#bulkLeft === undefined) {
      const head = this.#line('too big bulk count string');
      if (head === undefined) return 'wait';
      this.#announced(head);
    }
    if (!this.#take()) return 'wait';
    this.#missing--;
    if (this.#missing > 0) return 'on';
    const request = { args: this.#args, bytes: this.#bytes, tooLarge: this.#tooLarge };
    this.#args = [];
    return request;
  }

  #announced(head: Buffer): void {
    if (head[0] !== DOLLAR) {
      const shown = head.length === 0 ? '' : String.fromCharCode(head[0] as number);
      throw new ProtocolError(`expected '$', got '${shown.replace(/[^ -~]/, '?')}'`);
    }
    const bytes = numberIn(head);
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
    const there = this.#chunk.subarray(this.#at, this.#at + left);
    this.#at += there.length;
    this.#bulkLeft = left - there.length;
    const whole = this.#tooLarge ? NONE : this.#joined(there, this.#bulkLeft);
    if (this.#bulkLeft > 0) return false;
    this.#bulkLeft = undefined;
    this.#begun = NONE;
    this.#filled = 0;
    if (this.#tooLarge) return true;
    if (whole[whole.length - 2] !== CR || whole[whole.length - 1] !== LF) {
      throw new ProtocolError('a bulk string is longer than its head says');
    }
    this.#args.push(whole.subarray(0, -2));
    return true;
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

  /** The line that begins here, without its end; undefined where that is still to come. */
  #line(tooLong: string): Buffer | undefined {
    const end = this.#chunk.indexOf(LF, this.#at);
    const bytes = (end === -1 ? this.#chunk.length : end) - this.#at;
    if (bytes > MAX_LINE_BYTES) throw new ProtocolError(tooLong);
    if (end === -1) return undefined;
    const line = this.#chunk.subarray(
      this.#at,
      this.#chunk[end - 1] === CR && end > this.#at ? end - 1 : end,
    );
    this.#at = end + 1;
    return line;
  }
}

/** The number behind the first byte of a head; undefined where there is none. */
function numberIn(head: Buffer): number | undefined {
  let value = 0;
  const negative = head[1] === 45;
  const start = negative ? 2 : 1;
  // No number that is taken is longer.
  if (head.length === start || head.length > start + 10) return undefined;
  for (let at = start; at < head.length; at++) {
    const digit = (head[at] as number) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
