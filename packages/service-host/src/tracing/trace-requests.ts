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

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether requests of the route are part of traces; they are unless this is false. */
    traced?: boolean;
  }
}

const tracer = trace.getTracer('hybrid-sync');

/**
 * Gives each request a span, in the trace that its `traceparent` names or in a new one, and makes it the active one
 * where the request is handled. Only called when traces are exported: without that no request pays for it.
 */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _, done) => {
    const { config, url } = request.routeOptions;
    if (config.traced !== false) {
      const attributes = {
        'http.request.method': request.method,
        'hybrid_sync.request': request.id,
        ...(url === undefined ? {} : { 'http.route': url }),
      };
      // The route, not the path: that has the key in it.
      const name = `${request.method} ${url ?? 'unknown route'}`;
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
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
