/**
 * Cuts a byte stream into the wire protocol's messages. Each message starts with its own length (int32, little
 * endian, the length itself included), so a frame is known to be whole without looking into it.
 */

/** Length of the header every message starts with, in bytes. */
export const HEADER_BYTES = 16;
/** Longest message taken, in bytes: what `hello` promises as `maxMessageSizeBytes`. */
export const MAX_MESSAGE_BYTES = 48_000_000;

/** The stream is not the wire protocol, or no longer in step with it. Only closing the connection helps. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
}

/** Collects chunks until whole messages are there. Chunks are joined once per message, however many there are. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;

  /**
   * Takes the next chunk of the stream.
   * @param longest longest message taken now, in bytes
   * @returns the messages it completes, in order
   * @throws MalformedFrameError when a length is impossible; the reader is of no use afterwards
   */
  push(chunk: Buffer, longest = MAX_MESSAGE_BYTES): Buffer[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Buffer[] = [];
    for (let length = this.#nextLength(longest); length !== undefined; length = this.#nextLength(longest)) {
      if (this.#buffered < length) break;
      frames.push(this.#take(length));
    }
    return frames;
  }

  /** The length the next message states, or undefined while its first four bytes are not all here. */
  #nextLength(longest: number): number | undefined {
    if (this.#buffered < 4) return undefined;
    const first = this.#chunks[0];
    if (first === undefined || first.length < 4) this.#join();
    const length = this.#chunks[0]?.readInt32LE(0) ?? 0;
    if (length < HEADER_BYTES || length > longest) {
      throw new MalformedFrameError(`a message of ${length} bytes (allowed: ${HEADER_BYTES} to ${longest})`);
    }
    return length;
  }

  #take(length: number): Buffer {
    let first = this.#chunks[0];
    if (first === undefined || first.length < length) first = this.#join();
    const rest = first.subarray(length);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#buffered -= length;
    return first.subarray(0, length);
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [joined];
    return joined;
  }
}
