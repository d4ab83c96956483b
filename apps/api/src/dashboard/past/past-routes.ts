import type { FastifyInstance } from 'fastify';
import { Past, type PrometheusPlace } from './past.js';
import { RANGES, type Range } from './past-queries.js';

/** `/dashboard/past/6h`: what was further back than a pod remembers, which the api asks of Prometheus for the page. */
export async function pastRoutes(app: FastifyInstance, place: PrometheusPlace): Promise<void> {
  const past = new Past(place);
  for (const range of Object.keys(RANGES) as Range[]) {
    app.get(`/dashboard/past/${range}`, { config: { access: 'read' } }, async (_, reply) =>
      reply.header('cache-control', 'no-store').send(await past.of(range)),
    );
  }
}
