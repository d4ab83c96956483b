import rateLimit from '@fastify/rate-limit';
import { NOBODY, problem, RefusalError } from '@hybrid-sync/service-host';
import type { Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import {
  addressCount,
  COUNT_WINDOW_MS,
  connectCounts,
  countName,
  requestCounts,
  tooMany,
} from './request-counts.js';

/** The header that a count leaves in an answer, by which a request that was counted is known. */
const COUNTED = 'ratelimit-limit';

/**
 * Counts the requests of each token in Redis, for all pods together, and refuses those beyond the limit until its
 * minute is over. What is refused for another reason counts too: for its token where that is valid, else for its
 * address; beyond the limit it is told so instead of the reason. An address that is beyond it can still bring a valid
 * token, or whoever shares a proxy with an attacker would be locked out. When Redis does not say how many there were,
 * the request goes through. Does nothing for a limit of 0. Call before the routes are added.
 */
export async function limitRates(app: FastifyInstance, settings: Settings, log: Logger): Promise<void> {
  const { rateLimitPerMinute: max, redisUrl, namespace } = settings;
  if (max === 0) return;
  const redis = connectCounts(redisUrl, log);
  app.addHook('onClose', async () => redis.disconnect());
  /** What was turned away counts, at a public route, too. */
  const refused = new WeakSet<FastifyRequest>();
  await app.register(rateLimit, {
    max,
    timeWindow: COUNT_WINDOW_MS,
    store: requestCounts(redis, countName(namespace, '')),
    skipOnError: true,
    enableDraftSpec: true,
    keyGenerator: countedAs,
    allowList: (request) => request.routeOptions.config.access === 'public' && !refused.has(request),
    errorResponseBuilder: (_, { ttl }) => new RefusalError('RATE_LIMITED', tooMany(max, ttl)),
  });

  // Without options of its own, or it would count beside the routes.
  const count = app.createRateLimit();
  app.addHook('onSend', async (request, reply, payload) => {
    if (!wasRefused(request, reply) || reply.hasHeader(COUNTED)) return payload;
    refused.add(request);
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return payload;
    const told = problem('RATE_LIMITED', tooMany(max, counted.ttl));
    reply.code(told.status).type('application/problem+json');
    reply.removeHeader('www-authenticate').removeHeader('content-length');
    reply.header('retry-after', String(counted.ttlInSeconds));
    return JSON.stringify(told);
  });
}

/** Whether a request was turned away; most are before their route's own count. */
function wasRefused({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  return statusCode >= 400 && statusCode < 500 && routeOptions.config.rateLimit !== false;
}

/** Whose count a request goes to. Names of tokens have no colon. */
function countedAs({ caller, ip }: FastifyRequest): string {
  // A request that was refused before its token was looked at has no caller either.
  if (caller && caller !== NOBODY) return caller.name;
  return addressCount(ip);
}
