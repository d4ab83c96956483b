import type { TokenBook } from '@hybrid-sync/access-tokens';
import type { Metrics, Settings } from '@hybrid-sync/sync-core';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { requireRole } from './access.js';
import { answerConnectionError } from './connection-errors.js';
import { boundConnections } from './connections/bound-connections.js';
import { refuseForeignPages } from './foreign-pages.js';
import { takeJsonBodies } from './json-body.js';
import { decodableUrl, refuseTwoReadings } from './one-reading.js';
import { answerPagesElsewhere } from './pages-elsewhere.js';
import { sendProblem } from './problem-details.js';
import { describeResource } from './protected-resource.js';
import { noteRefusals, RefusedCallers } from './refused-callers.js';
import { requestIds } from './request-ids.js';
import { securityHeaders } from './security-headers.js';
import { traceRequests } from './tracing/trace-requests.js';
import { refuseUnknownRoutes } from './unknown-routes.js';

/** Room in the headers, path included, for all that is not a key, in bytes; Node's own limit. */
const HEADER_BYTES = 16 * 1024;
/** A byte of a key takes three in a path. */
const PERCENT_GROWTH = 3;
/** Longest time between two looks for requests that are overdue, in milliseconds. */
const OVERDUE_CHECK_MS = 1000;
/** Longest time that headers alone may take, in milliseconds; Node's own limit. */
const HEADERS_TIMEOUT_MS = 60_000;

/** What a server is for. */
export interface HttpServerOptions {
  readonly settings: Settings;
  /** The address that it will bind to. */
  readonly boundTo: string;
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /** Who may call; undefined where everybody may do everything. */
  readonly tokens: TokenBook | undefined;
  readonly log: Logger;
  /** Where it is counted who is turned away; undefined for nowhere. */
  readonly metrics?: Pick<Metrics, 'callerRefused'> | undefined;
}

/**
 * An HTTP server that has no routes but what tells of its tokens, and turns away what it should, in this order: what does
 * not arrive in time, what can be read in two ways, foreign pages, callers without the token that a route needs, unknown
 * routes, bodies that are no JSON or too large.
 */
export function httpServer({
  settings,
  boundTo,
  bodyLimit,
  tokens,
  log,
  metrics,
}: HttpServerOptions): FastifyInstance {
  const { requestTimeoutMs, maxKeyBytes, allowedHosts = [], allowedOrigins = [] } = settings;
  // A cache on the way keeps no answer unless its route says so.
  const headers = { ...securityHeaders(), 'cache-control': 'no-store' };
  const app: FastifyInstance = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    genReqId: requestIds(),
    requestTimeout: requestTimeoutMs,
    // What arrives on an open connection after the stop began is served like any other, and told to be the last there.
    return503OnClosing: false,
    rewriteUrl: decodableUrl,
    // Queries are read where they are needed.
    routerOptions: { querystringParser: () => ({}) },
    http: {
      joinDuplicateHeaders: true,
      maxHeaderSize: HEADER_BYTES + PERCENT_GROWTH * maxKeyBytes,
      connectionsCheckingInterval: Math.min(OVERDUE_CHECK_MS, requestTimeoutMs),
      // Node takes the longer of these two for the whole request, whichever of them it is.
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
    },
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => answerConnectionError(error, socket, headers),
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply.headers(headers));
    },
  });
  // Closing waits for every connection. One that is idle goes at once; one with a request under way must go when that
  // is answered, not when its client's keep-alive ends.
  app.addHook('preClose', async () => {
    app.server.keepAliveTimeout = 1;
  });
  boundConnections(app, settings);
  app.setErrorHandler(sendProblem);
  takeJsonBodies(app);
  app.addHook('onRequest', ({ id }, reply, done) => {
    reply.headers(headers).header('x-request-id', id);
    done();
  });
  refuseTwoReadings(app);
  noteRefusals(app, new RefusedCallers(metrics, log));
  refuseForeignPages(app, { boundTo, allowedHosts, allowedOrigins });
  answerPagesElsewhere(app);
  requireRole(app, tokens, settings.publicUrl);
  if (settings.otlpEndpoint !== undefined) traceRequests(app);
  refuseUnknownRoutes(app);
  if (tokens !== undefined) describeResource(app, settings.publicUrl);
  return app;
}
