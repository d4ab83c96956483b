import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

/** How long the last spans may take to be sent when the process stops, in milliseconds. */
const FLUSH_MS = 2000;

/** Ends the exporting of traces: what has not been sent yet is sent. */
export type StopTracing = () => Promise<void>;

/**
 * Exports traces to a collector over OTLP, in the background: spans that can't be sent are dropped. `ratio`: the share
 * of traces that is recorded where the caller's own `traceparent` does not decide it.
 */
export function exportTraces(endpoint: string, ratio: number, service: string): StopTracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: FLUSH_MS,
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `hybrid-sync-${service}` }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: FLUSH_MS })],
  });
  provider.register();
  return async () => {
    // A collector that is away must not keep a process from stopping.
    await provider.shutdown().catch(() => undefined);
  };
}
