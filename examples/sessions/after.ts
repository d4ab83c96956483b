import type { HybridSyncClient } from '@hybrid-sync/client';
import { type FastifyInstance, fastify } from 'fastify';

const HOUR_SEC = 3600;

/** The same sessions by the client: each is in MongoDB, too, and is restored from there where Redis lost it. */
export function sessionService(cache: HybridSyncClient): FastifyInstance {
  const app = fastify();
  app.put<{ Params: { id: string } }>('/sessions/:id', async ({ params, body }) => {
    await cache.set(`session:${params.id}`, JSON.stringify(body), { ttlSec: HOUR_SEC });
    return { saved: true };
  });
  app.get<{ Params: { id: string } }>('/sessions/:id', async ({ params }, reply) => {
    const pair = await cache.get(`session:${params.id}`);
    return pair === undefined ? reply.code(404).send({ saved: false }) : JSON.parse(pair.value);
  });
  app.delete<{ Params: { id: string } }>('/sessions/:id', async ({ params }) => {
    return { existed: (await cache.delete(`session:${params.id}`)).existed };
  });
  return app;
}
