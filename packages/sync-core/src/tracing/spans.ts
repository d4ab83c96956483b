import { ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { mutationId, type RoutedMutation } from '../mutation.js';

/**
 * Spans exist only inside of a trace that is recorded, which a process's HTTP server begins when an exporter is
 * configured. Without one, OpenTelemetry's api does nothing, and the cost here is one look at the active span.
 *
 *   request ─▶ hybrid_sync.write ─┬─▶ cache.mutate
 *                                 ├─▶ fast_path ─ the job carries the trace ─▶ shadows.apply, in the worker's process
 *                                 └─▶ outbox    ─ the event carries it ─▶ projection.apply, in the projector's
 */
const tracer = trace.getTracer('hybrid-sync');

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Runs work in a span of its own, inside of a recorded trace; elsewhere just runs it, and there is no span. */
export function inSpan<T>(name: string, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  if (trace.getActiveSpan()?.isRecording() !== true) return work(undefined);
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The recorded trace that this is part of, as W3C's `traceparent` has it; undefined for none. */
export function carriedTrace(): string | undefined {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Runs work that brings mutations on, with a span in the trace of each one that carries a trace. */
export async function inTracesOf<T>(
  name: string,
  mutations: readonly RoutedMutation[],
  work: () => Promise<T>,
): Promise<T> {
  const spans = mutations.flatMap((mutation) => spanOf(name, mutation, mutations.length));
  if (spans.length === 0) return work();
  try {
    return await work();
  } catch (error) {
    for (const span of spans) fail(span, error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}

function spanOf(name: string, mutation: RoutedMutation, together: number): Span[] {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(mutation.traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const span = tracer.startSpan(name, {}, trace.setSpanContext(ROOT_CONTEXT, parent));
  if (!span.isRecording()) return [];
  span.setAttributes({ 'hybrid_sync.mutation': mutationId(mutation), 'hybrid_sync.batch': together });
  return [span];
}

/** Of an error its kind is told: a driver's message may quote what it was given. */
function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'Error' });
}
