import { createHash } from 'node:crypto';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { NOBODY, problem, RefusalError } from '@hybrid-sync/service-host';
import { connectCache, type Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { requestCounts } from './request-counts.js';

const WINDOW_MS = 60_000;
/** How long a request waits for its count, in milliseconds: a Redis that hangs must not hold up what does without it. */
const COUNT_DEADLINE_MS = 100;
/** Counts that callers without a valid token share: however many addresses they come from, Redis gets no more keys. */
const ADDRESS_COUNTS = 4096;
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
  const redis = connectCache(redisUrl, { role: 'api-rate-limit', log, deadlineMs: COUNT_DEADLINE_MS });
  app.addHook('onClose', async () => redis.disconnect());
  const tooMany = (ttlMs: number) =>
    `${max} requests a minute are the limit; wait ${Math.ceil(ttlMs / 1000)} s`;
  /** What was turned away counts, at a public route, too. */
  const refused = new WeakSet<FastifyRequest>();
  await app.register(rateLimit, {
    max,
    timeWindow: WINDOW_MS,
    store: requestCounts(redis, `${namespace}:rate:`),
    skipOnError: true,
    enableDraftSpec: true,
    keyGenerator: countedAs,
    allowList: (request) => request.routeOptions.config.access === 'public' && !refused.has(request),
    errorResponseBuilder: (_, { ttl }) => new RefusalError('RATE_LIMITED', tooMany(ttl)),
  });

  // Without options of its own, or it would count beside the routes.
  const count = app.createRateLimit();
  app.addHook('onSend', async (request, reply, payload) => {
    if (!wasRefused(request, reply) || reply.hasHeader(COUNTED)) return payload;
    refused.add(request);
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return payload;
    const told = problem('RATE_LIMITED', tooMany(counted.ttl));
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
  const hash = createHash('sha256').update(normalizeIP(ip)).digest().readUInt32BE();
  return `address:${hash % ADDRESS_COUNTS}`;
}
