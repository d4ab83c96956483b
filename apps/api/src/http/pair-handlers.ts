import { RefusalError } from '@hybrid-sync/service-host';
import { type Pod, PreconditionFailedError, preconditionHolds } from '@hybrid-sync/sync-core';
import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { deletePair, kvHandlers, setPair } from '../tools/kv-tools.js';
import { checkArguments } from '../tools/tool.js';
import { entityTag, preconditionOf } from './conditions.js';

/** Answers a request, of which the tool's arguments were gathered and not yet checked. */
export type RouteHandler = (
  args: Record<string, unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<unknown>;

/** One pair over HTTP: its version is its entity tag, and headers name the versions that a request is for. */
export function pairHandlers(pod: Pod): Partial<Record<ToolName, RouteHandler>> {
  const contract = toolContract(pod.settings);
  return {
    kv_get: async (args, { headers, caller }, reply) => {
      const condition = preconditionOf(headers);
      const pair = await kvHandlers.kv_get(checkArguments(contract.kv_get.input, args), pod, caller.name);
      if (pair.version === undefined) {
        throw new RefusalError('NOT_FOUND', 'the cache has no such key', 'key');
      }
      reply.header('etag', entityTag(pair.version));
      if (condition === undefined || preconditionHolds(condition, pair.version)) return pair;
      if (condition.is === 'match') throw new PreconditionFailedError(pair.version);
      return reply.code(304).send();
    },

    kv_set: async (args, { headers }, reply) => {
      const checked = checkArguments(contract.kv_set.input, args);
      const answer = await setPair(checked, preconditionOf(headers), pod);
      reply.header('etag', entityTag(answer.version));
      return answer;
    },

    kv_del: async (args, { headers }) => {
      const checked = checkArguments(contract.kv_del.input, args);
      return deletePair(checked, preconditionOf(headers), pod);
    },
  };
}
