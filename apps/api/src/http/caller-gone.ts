import type { FastifyReply } from 'fastify';

/**
 * Aborts when the connection ends, after the answer at the latest. Fastify's own `request.signal` watches the request,
 * which Node closes as soon as it has been read.
 */
export function callerGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
