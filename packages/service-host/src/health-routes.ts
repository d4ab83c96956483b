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

/** How long a scrape is good for others that ask, in milliseconds: it costs the same however many there are. */
const SCRAPE_MS = 100;
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
  const { registry } = source.metrics;
  const scrape = madeOnceFor(SCRAPE_MS, () => registry.metrics());
  app.get('/metrics', { config: { ...FOR_PROBES, access: metricsAccess } }, async (_, reply) =>
    reply.type(registry.contentType).send(await scrape()),
  );
}

/** What is asked for within this time, in milliseconds, gets what was made for the first who asked. */
function madeOnceFor<Made>(ms: number, make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  const forget = () => {
    made = undefined;
  };
  return () => {
    made ??= make().finally(() => setTimeout(forget, ms).unref());
    return made;
  };
}

function withoutHosts({ checks: { redis, mongodb }, ...rest }: Readiness) {
  return { ...rest, checks: { redis: { ok: redis.ok }, mongodb: { ok: mongodb.ok } } };
}
