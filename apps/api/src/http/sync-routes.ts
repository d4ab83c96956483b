import type { FastifyInstance } from 'fastify';
import { callerOf, type Tool } from '../tools/tool.js';
import { problemOf } from './problem-details.js';
import { withNumbers } from './query-numbers.js';

/**
 * What the sync tools do, over plain HTTP: `GET /sync/stats`, `GET /sync/load`, `GET /sync/dead-letters`,
 * `POST /sync/dead-letters/requeue` and `/discard`.
 */
export async function syncRoutes(
  app: FastifyInstance,
  { tools }: { tools: ReadonlyMap<string, Tool> },
): Promise<void> {
  app.setErrorHandler(problemOf);
  const call = callerOf(tools);

  app.get('/sync/stats', async (request) => call('hybrid_sync_stats', request.query));
  app.get('/sync/load', async (request) => call('hybrid_sync_load_check', request.query));
  app.get('/sync/dead-letters', async (request) =>
    call('hybrid_sync_dead_letters', withNumbers(request.query, ['slot', 'minAgeSec', 'limit'])),
  );
  app.post('/sync/dead-letters/requeue', async (request) =>
    call('hybrid_sync_requeue_dead_letters', request.body),
  );
  app.post('/sync/dead-letters/discard', async (request) =>
    call('hybrid_sync_discard_dead_letters', request.body),
  );
}
