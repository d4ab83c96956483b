import { RefusalError, varyByEncoding } from '@hybrid-sync/service-host';
import { type Precondition, PreconditionFailedError, preconditionHolds } from '@hybrid-sync/sync-core';
import type { FastifyReply } from 'fastify';
import { callersTag, entityTag } from './conditions.js';

/**
 * What a tool answered of one pair, over HTTP: its version is its entity tag. A read is answered by its condition; a
 * write was made only where that held.
 * @throws RefusalError where a read found no pair
 * @throws PreconditionFailedError where a read found another version
 */
export function answerWithTag(
  answer: Record<string, unknown>,
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE',
  condition: Precondition | undefined,
  reply: FastifyReply,
): unknown {
  const { version } = answer;
  if (method === 'DELETE') return answer;
  if (typeof version !== 'number') throw new RefusalError('NOT_FOUND', 'the cache has no such key', 'key');
  reply.header('etag', entityTag(version));
  if (method !== 'GET' || condition === undefined || preconditionHolds(condition, version)) return answer;
  if (condition.is === 'match') throw new PreconditionFailedError(version, 'read');
  // A large pair would have been packed as its caller likes it.
  varyByEncoding(reply);
  return reply.code(304).header('etag', callersTag(reply.request.headers['if-none-match'], version)).send();
}
