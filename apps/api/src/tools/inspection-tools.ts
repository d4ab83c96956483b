import type { Pod, RunningPod } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import type { CallTerms, ToolHandlers } from './tool.js';

/** The tools that look at the state of one key, or of the system's parts. */
export const inspectionHandlers: ToolHandlers<'hybrid_sync_wait' | 'hybrid_sync_breaker'> = {
  hybrid_sync_wait: waitFor,

  hybrid_sync_breaker: async (_, pod) => {
    const { fastBreaker, outboxBreaker } = pod.running;
    const { breakerFailures, breakerSlowCallMs, breakerHalfOpenMs } = pod.settings;
    return {
      circuitBreakers: { fast: breakerOf(fastBreaker), outbox: breakerOf(outboxBreaker) },
      configuration: {
        consecutiveFailures: breakerFailures,
        slowCallMs: breakerSlowCallMs,
        halfOpenAfterMs: breakerHalfOpenMs,
      },
      timestamp: new Date().toISOString(),
    };
  },
};

async function waitFor(
  { key, version, waitMs }: ToolArguments<'hybrid_sync_wait'>,
  pod: Pod,
  { by, gone }: CallTerms,
): Promise<ToolResult<'hybrid_sync_wait'>> {
  const { reached, shadowVersion, waitedMs } = await pod.waits.wait(key, version, waitMs, {
    by,
    gone: gone?.(),
  });
  return {
    reached,
    message: reached
      ? 'The shadow store has this version or a newer one.'
      : shadowVersion === undefined
        ? 'The shadow store has no shadow of this key yet, or no more.'
        : 'The shadow store still has an older version.',
    key,
    version,
    shadowVersion: shadowVersion ?? null,
    waitedMs,
    timestamp: new Date().toISOString(),
  };
}

/** A circuit breaker as it is shown. */
export function breakerOf({
  state,
  openedAt,
  probeAt,
}: RunningPod['fastBreaker']): ToolResult<'hybrid_sync_breaker'>['circuitBreakers']['fast'] {
  return {
    state,
    ...(openedAt === undefined ? {} : { openedAt: new Date(openedAt).toISOString() }),
    ...(probeAt === undefined ? {} : { probeAt: new Date(probeAt).toISOString() }),
  };
}
