import type { Metrics, Readiness } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';

/** What the health routes ask. */
export interface HealthSource {
  readonly metrics: Pick<Metrics, 'registry'>;
  readiness(): Readiness;
}

/**
 * `/healthz`: the process runs (200). `/readyz`: it may be sent traffic (200) or what it waits for (503). `/metrics`:
 * for Prometheus.
 */
export function serveHealth(app: FastifyInstance, source: HealthSource): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const readiness = source.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get('/metrics', async (_, reply) => {
    const { registry } = source.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
