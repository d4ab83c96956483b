import type { ServerResponse } from 'node:http';

/** Answers of fewer bytes are not counted: of them each connection may hold one. */
const COUNTED_FROM = 16 * 1024;

interface Answer {
  readonly response: ServerResponse;
  bytes: number;
  readonly caller: string;
}

/**
 * Bounds the bytes of all answers that are written and not yet taken. When there are too many, the caller that holds
 * most of them loses the oldest of its own, connection and all: who reads slowly, or not at all, is in nobody's way. A
 * single answer may be of any size.
 */
export class UntakenAnswers {
  readonly #maxBytes: number;
  /** By their responses, the oldest first. */
  readonly #answers = new Map<ServerResponse, Answer>();
  #bytes = 0;

  /** `maxBytes`: of all answers together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes note of an answer that is about to be written. `caller`: whoever it is for. */
  add(response: ServerResponse, bytes: number, caller: string): void {
    if (bytes < COUNTED_FROM || response.destroyed) return;
    const answer = { response, bytes, caller };
    this.#answers.set(response, answer);
    this.#bytes += bytes;
    response.once('close', () => this.#forget(answer));
    while (this.#bytes > this.#maxBytes && this.#answers.size > 1) {
      const oldest = this.#oldestOf(this.#heaviest());
      if (oldest === undefined) return;
      this.#forget(oldest);
      oldest.response.destroy();
    }
  }

  /** Takes note of a part of an answer that is about to be written; the part before it is taken. */
  part(response: ServerResponse, bytes: number, caller: string): void {
    this.changed(response, 0);
    this.add(response, bytes, caller);
  }

  /** Takes note that an answer, which was added, became smaller before it was written. */
  changed(response: ServerResponse, bytes: number): void {
    const answer = this.#answers.get(response);
    if (answer === undefined) return;
    this.#bytes += bytes - answer.bytes;
    answer.bytes = bytes;
    if (bytes < COUNTED_FROM) this.#forget(answer);
  }

  #forget(answer: Answer): void {
    if (this.#answers.delete(answer.response)) this.#bytes -= answer.bytes;
  }

  #heaviest(): string | undefined {
    const held = new Map<string, number>();
    for (const { caller, bytes } of this.#answers.values()) held.set(caller, (held.get(caller) ?? 0) + bytes);
    const [heaviest] = [...held].sort(([, a], [, b]) => b - a);
    return heaviest?.[0];
  }

  #oldestOf(caller: string | undefined): Answer | undefined {
    for (const answer of this.#answers.values()) if (answer.caller === caller) return answer;
    return undefined;
  }
}
