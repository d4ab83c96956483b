import type { Settings } from '@hybrid-sync/sync-core';
import type { StopTracing } from './export-traces.js';

/**
 * Begins to export traces, where an address for them is configured; elsewhere nothing of OpenTelemetry's SDK is even
 * loaded. `service`: how the process is called in traces.
 */
export async function startTracing(settings: Settings, service: string): Promise<StopTracing> {
  const { otlpEndpoint, traceSampleRatio } = settings;
  if (otlpEndpoint === undefined) return async () => undefined;
  const { exportTraces } = await import('./export-traces.js');
  return exportTraces(otlpEndpoint, traceSampleRatio, service);
}
