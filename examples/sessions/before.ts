import { type FastifyInstance, fastify } from 'fastify';
import type { Redis } from 'ioredis';

const HOUR_SEC = 3600;

/** Sessions in Redis by hand: what Redis loses is lost, and nothing else can ask for it. */
export function sessionService(redis: Redis): FastifyInstance {
  const app = fastify();
  app.put<{ Params: { id: string } }>('/sessions/:id', async ({ params, body }) => {
    await redis.set(`session:${params.id}`, JSON.stringify(body), 'EX', HOUR_SEC);
    return { saved: true };
  });
  app.get<{ Params: { id: string } }>('/sessions/:id', async ({ params }, reply) => {
    const text = await redis.get(`session:${params.id}`);
    return text === null ? reply.code(404).send({ saved: false }) : JSON.parse(text);
  });
  app.delete<{ Params: { id: string } }>('/sessions/:id', async ({ params }) => {
    return { existed: (await redis.del(`session:${params.id}`)) === 1 };
  });
  return app;
}
