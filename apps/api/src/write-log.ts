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

  /** Takes note of a tool's answer: of each write, where it is of several; of none, where it is of something else. */
  answered(requestId: string | undefined, tool: string, answer: unknown): void {
    const { log, every, slots } = this.#options;
    if (every === 0) return;
    for (const { key, version, method, fallbackReason } of writesIn(answer)) {
      if (!isLoggedMutation(version, every)) continue;
      const mutation = mutationId({ slot: slotOf(key, slots), version });
      log.info({ requestId, mutation, tool, method, fallbackReason }, 'write answered');
    }
  }
}

interface WriteAnswer {
  readonly key: string;
  readonly version: number;
  readonly method: string;
  readonly fallbackReason?: string;
}

/** The writes that an answer tells of: itself, or those of a batch that were done. */
function writesIn(answer: unknown): readonly WriteAnswer[] {
  if (isWriteAnswer(answer)) return [answer];
  const isBatch = typeof answer === 'object' && answer !== null && 'results' in answer;
  return isBatch && Array.isArray(answer.results) ? answer.results.filter(isWriteAnswer) : [];
}

function isWriteAnswer(answer: unknown): answer is WriteAnswer {
  return typeof answer === 'object' && answer !== null && 'version' in answer && 'method' in answer;
}
