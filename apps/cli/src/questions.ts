import { randomUUID } from 'node:crypto';
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/client';

/** What a question has for an answer where none came. */
const NO_ANSWER = { action: 'cancel' };

/** A question without an answer yet. */
interface Open {
  /** The call that it is about. */
  readonly of: RequestId;
  readonly answered: (answer: object) => void;
}

/** Puts questions to a client, and hands its answers to those who asked. */
export class Questions {
  readonly #send: (question: JSONRPCRequest) => Promise<void>;
  readonly #open = new Map<unknown, Open>();
  #ended = false;

  constructor(send: (question: JSONRPCRequest) => Promise<void>) {
    this.#send = send;
  }

  /** Asks about a call, and waits as long as the user takes; an error for an answer, or none, is a question cancelled. */
  async ask(of: RequestId, method: string, params: object): Promise<object> {
    if (this.#ended) return NO_ANSWER;
    // No id of the client's own can be this one.
    const id = `hybrid-sync-${randomUUID()}`;
    const answer = new Promise<object>((answered) => this.#open.set(id, { of, answered }));
    await this.#send({ jsonrpc: '2.0', id, method, params: { ...params } });
    return answer;
  }

  /** Takes an answer; one to no question of ours is passed over. */
  answered(message: Exclude<JSONRPCMessage, { method: string }>): void {
    const question = this.#open.get(message.id);
    this.#open.delete(message.id);
    question?.answered('result' in message ? message.result : NO_ANSWER);
  }

  /** The client does not wait for this call any more: what its user says now counts for nothing. */
  giveUp(call: RequestId): void {
    this.#close(({ of }) => of === call);
  }

  /** Nobody will answer any more. */
  end(): void {
    this.#ended = true;
    this.#close(() => true);
  }

  #close(which: (question: Open) => boolean): void {
    for (const [id, question] of this.#open) {
      if (!which(question)) continue;
      this.#open.delete(id);
      question.answered(NO_ANSWER);
    }
  }
}
