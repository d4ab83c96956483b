import type { Metrics, Readiness } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';

/** What the health routes ask. */
export interface HealthSource {
  readonly metrics: Pick<Metrics, 'registry'>;
  readiness(): Readiness;
}

/** Asked by probes, which hold no token and call by address, and never counted against a limit. */
const FOR_PROBES = { access: 'public', anyHost: true, rateLimit: false, traced: false } as const;

/**
 * `/healthz`: the process runs (200). `/readyz`: it may be sent traffic (200) or what it waits for (503). `/metrics`:
 * for Prometheus, who needs `metricsAccess`.
 */
export function serveHealth(
  app: FastifyInstance,
  source: HealthSource,
  metricsAccess: 'read' | 'public',
): void {
  app.get('/healthz', { config: FOR_PROBES }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config: FOR_PROBES }, async (_, reply) => {
    const readiness = source.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  app.get('/metrics', { config: { ...FOR_PROBES, access: metricsAccess } }, async (_, reply) => {
    const { registry } = source.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
