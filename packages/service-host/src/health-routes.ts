import type { Caller } from '@hybrid-sync/access-tokens';
import type { Metrics, Readiness } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';

/** What the health routes ask. */
export interface HealthSource {
  readonly metrics: Pick<Metrics, 'registry' | 'callerRefused' | 'show'>;
  readiness(): Readiness;
}

/** Whom the health routes tell what. */
export interface HealthRules {
  /** Whom `/metrics` is for. */
  readonly metricsAccess: 'read' | 'public';
  /** Whether a caller learns from `/readyz` where Redis and MongoDB are looked for. */
  readonly namesHosts: (caller: Caller) => boolean;
}

/** Asked by probes, which hold no token and call by address, and never counted against a limit. */
const FOR_PROBES = { access: 'public', anyHost: true, rateLimit: false, traced: false } as const;

/**
 * `/healthz`: the process runs (200). `/readyz`: it may be sent traffic (200) or what it waits for (503). `/metrics`:
 * for Prometheus.
 */
export function serveHealth(
  app: FastifyInstance,
  source: HealthSource,
  { metricsAccess, namesHosts }: HealthRules,
): void {
  app.get('/healthz', { config: FOR_PROBES }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config: FOR_PROBES }, async ({ caller }, reply) => {
    const readiness = source.readiness();
    const told = namesHosts(caller) ? readiness : withoutHosts(readiness);
    return reply.code(readiness.ready ? 200 : 503).send(told);
  });
  app.get('/metrics', { config: { ...FOR_PROBES, access: metricsAccess } }, async (_, reply) => {
    const { registry } = source.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

function withoutHosts({ checks: { redis, mongodb }, ...rest }: Readiness) {
  return { ...rest, checks: { redis: { ok: redis.ok }, mongodb: { ok: mongodb.ok } } };
}
