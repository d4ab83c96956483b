import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NOBODY } from '../access.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether requests of the route are part of traces; they are unless this is false. */
    traced?: boolean;
  }
}

const tracer = trace.getTracer('hybrid-sync');

/**
 * Gives each request that was let in a span, and makes it the active one where the request is handled. The span is in
 * the trace that the caller's `traceparent` names, and recorded where that says so, if there is a caller; what anybody
 * sends decides nothing and goes nowhere. Only called when traces are exported, and after callers are known.
 */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _, done) => {
    const { config, url } = request.routeOptions;
    if (config.traced !== false && !request.is404) {
      const attributes = {
        'http.request.method': request.method,
        'hybrid_sync.request': request.id,
        'http.route': url,
      };
      // The route, not the path: that has the key in it.
      const name = `${request.method} ${url}`;
      const parent =
        request.caller === NOBODY ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, request.headers);
      spans.set(request, tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent));
    }
    done();
  });
  // Here and not earlier: while the body is being read, what runs is the connection's, not the request's.
  app.addHook('preHandler', (request, _, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else context.with(trace.setSpan(context.active(), span), done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

/**
 * Runs what was asked by another protocol than HTTP in the first span of a trace. `isFault`: whether an error that it ends
 * with is the service's own.
 */
export function inServerSpan<T>(
  name: string,
  isFault: (error: unknown) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const options = { kind: SpanKind.SERVER, root: true };
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      if (isFault(error)) span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
