import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { callerOf, type Tool } from '../tools/tool.js';
import { problemOf, sendProblem } from './problem-details.js';
import { withNumbers } from './query-numbers.js';

/** A key in a path: everything after `/kv/`, URL-decoded, slashes included. */
type KeyPath = { Params: { '*': string } };

/**
 * The pairs over plain HTTP, each route the tool of the same meaning: `PUT`, `GET` and `DELETE /kv/{key}`, `GET /kv`
 * for a page of keys, `POST /kv/mget`. The keys `.` and `..` can't be in a path, which clients resolve before they send
 * it; the tools take them.
 */
export async function kvRoutes(
  app: FastifyInstance,
  { tools }: { tools: ReadonlyMap<string, Tool> },
): Promise<void> {
  app.setErrorHandler(problemOf);
  const call = callerOf(tools);

  app.put<KeyPath>('/kv/*', async (request) => {
    if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) {
      throw new InvalidInputError('body', 'must be a JSON object with a value');
    }
    if ('key' in request.body) throw new InvalidInputError('key', 'belongs in the path, not in the body');
    return call('kv_set', { ...request.body, key: request.params['*'] });
  });
  app.get<KeyPath>('/kv/*', async (request, reply) => {
    const pair = await call('kv_get', { key: request.params['*'] });
    return pair.found === true
      ? pair
      : sendProblem(reply, 404, 'NOT_FOUND', 'key: the cache has no such key', 'key');
  });
  app.delete<KeyPath>('/kv/*', async (request) => call('kv_del', { key: request.params['*'] }));
  app.get('/kv', async (request) => call('kv_scan', withNumbers(request.query, ['limit'])));
  app.post('/kv/mget', async (request) => call('kv_mget', request.body));
}
