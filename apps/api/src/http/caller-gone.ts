import type { FastifyReply } from 'fastify';
import type { CallerGone } from '../tools/tool.js';

/**
 * The signal aborts when the connection ends, after the answer at the latest. Fastify's own `request.signal` watches the
 * request, which Node closes as soon as it has been read.
 */
export function callerGone({ raw }: Pick<FastifyReply, 'raw'>): CallerGone {
  return () => {
    const gone = new AbortController();
    if (raw.destroyed) gone.abort();
    else raw.once('close', () => gone.abort());
    return gone.signal;
  };
}
