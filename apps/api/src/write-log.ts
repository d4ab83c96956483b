import { isLoggedMutation, mutationId, slotOf } from '@hybrid-sync/sync-core';
import type { FastifyBaseLogger } from 'fastify';
import type { Logger } from 'pino';

/** Which writes are logged. */
export interface WriteLogOptions {
  readonly log: Logger | FastifyBaseLogger;
  /** One in so many; 0 for none. */
  readonly every: number;
  /** Number of slots of the keys. */
  readonly slots: number;
}

/**
 * The log of answered writes, of which one in so many has a line: it ties the request's id to the mutation's, by which
 * the lines of the fast worker or the projector about the same mutation are found.
 */
export class WriteLog {
  readonly #options: WriteLogOptions;

  constructor(options: WriteLogOptions) {
    this.#options = options;
  }

  /** Takes note of a tool's answer; one that is not of a write is none of its business. */
  answered(requestId: string | undefined, tool: string, answer: unknown): void {
    const { log, every, slots } = this.#options;
    if (every === 0 || !isWriteAnswer(answer) || !isLoggedMutation(answer.version, every)) return;
    const { key, version, method, fallbackReason } = answer;
    const mutation = mutationId({ slot: slotOf(key, slots), version });
    log.info({ requestId, mutation, tool, method, fallbackReason }, 'write answered');
  }
}

interface WriteAnswer {
  readonly key: string;
  readonly version: number;
  readonly method: string;
  readonly fallbackReason?: string;
}

function isWriteAnswer(answer: unknown): answer is WriteAnswer {
  return typeof answer === 'object' && answer !== null && 'version' in answer && 'method' in answer;
}
