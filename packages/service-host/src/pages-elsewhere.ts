import cors from '@fastify/cors';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';

/** How long a browser may remember what a preflight was told, in seconds. */
const PREFLIGHT_AGE_SEC = 600;
/** What a request may bring beyond what browsers send of any page. */
const TAKEN = [
  ...[
    'Authorization',
    'Content-Type',
    'Content-Encoding',
    'If-Match',
    'If-None-Match',
    'Prefer',
    'X-Request-Id',
    'Traceparent',
    'Tracestate',
  ],
  ...['Mcp-Protocol-Version', 'Mcp-Session-Id', 'Mcp-Method', 'Mcp-Name', 'Last-Event-Id'],
];
/** What a page may read of an answer beyond its body. */
const SHOWN = [
  ...[
    'ETag',
    'Retry-After',
    'X-Request-Id',
    'WWW-Authenticate',
    'Allow',
    'Preference-Applied',
    'Mcp-Session-Id',
  ],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
];

/**
 * Lets pages read the answers to what they may ask (CORS), and answers preflights, which bear no token. Whose pages may
 * ask was decided before: call after foreign pages are refused, and before tokens are looked at. Tokens are headers, so
 * no cookies are allowed.
 */
export function answerPagesElsewhere(app: FastifyInstance): void {
  const options = {
    origin: (origin: string | undefined, answer: (error: null, allowed: boolean) => void) =>
      answer(null, origin !== undefined),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: TAKEN,
    exposedHeaders: SHOWN,
    maxAge: PREFLIGHT_AGE_SEC,
    strictPreflight: false,
  };
  // Most requests are of no page: their answers need nothing else.
  const addHook = (name: 'onRequest', hook: onRequestHookHandler) =>
    app.addHook(name, function ofPages(request, reply, done) {
      if (request.headers.origin !== undefined) return hook.call(this, request, reply, done);
      reply.header('vary', 'Origin');
      done();
    });
  // Called, not registered: a plugin's hooks would come after all those that are added at once.
  cors(Object.create(app, { addHook: { value: addHook } }), options, (error) => {
    if (error) throw error;
  });
}
