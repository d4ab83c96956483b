import type { Span } from '@opentelemetry/api';
import type { Mutation, RoutedMutation } from '../mutation.js';
import type { SyncAnswer } from '../sync-answer.js';

/** The mutations as parts of a trace, where there is one. */
export function traced(
  mutations: readonly Mutation[],
  traceparent: string | undefined,
): readonly RoutedMutation[] {
  return traceparent === undefined ? mutations : mutations.map((mutation) => ({ ...mutation, traceparent }));
}

/** Says in the span of a write what became of it. */
export function tellSpan(span: Span, { op, version, method, fallbackReason }: SyncAnswer): void {
  span.setAttributes({ 'hybrid_sync.op': op, 'hybrid_sync.version': version, 'hybrid_sync.method': method });
  if (fallbackReason !== undefined) span.setAttribute('hybrid_sync.fallback_reason', fallbackReason);
}
