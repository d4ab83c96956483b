import rateLimit from '@fastify/rate-limit';
import { RefusalError } from '@hybrid-sync/service-host';
import { connectRedis, type Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

const WINDOW_MS = 60_000;
/** How long a request waits for its count, in milliseconds: a Redis that hangs must not hold up what does without it. */
const COUNT_DEADLINE_MS = 100;

/**
 * Counts the requests of each token in Redis, for all pods together, and refuses those beyond the limit until its
 * minute is over. When Redis does not say how many there were, the request goes through. Does nothing for a limit of 0.
 * Call before the routes are added.
 */
export async function limitRates(app: FastifyInstance, settings: Settings, log: Logger): Promise<void> {
  const { rateLimitPerMinute: max, redisUrl, namespace } = settings;
  if (max === 0) return;
  const redis = connectRedis(redisUrl, 'api-rate-limit', 'request', log, COUNT_DEADLINE_MS);
  app.addHook('onClose', async () => redis.disconnect());
  await app.register(rateLimit, {
    max,
    timeWindow: WINDOW_MS,
    redis,
    nameSpace: `${namespace}:rate:`,
    skipOnError: true,
    enableDraftSpec: true,
    keyGenerator: (request) => request.caller.name,
    allowList: (request) => request.routeOptions.config.access === 'public',
    errorResponseBuilder: (_, { ttl }) =>
      new RefusalError(
        'RATE_LIMITED',
        `${max} requests a minute are the limit; wait ${Math.ceil(ttl / 1000)} s`,
      ),
  });
}
