import type { Pod } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';

/** The load as last sampled. */
export function loadCheckOf(pod: Pod): ToolResult<'hybrid_sync_load_check'> {
  const { load } = pod.running;
  const now = Date.now();
  const isHighLoad = load.isHigh(now);
  const reasons = load.state.indicators
    .filter((indicator) => indicator.exceeded)
    .map((indicator) => indicator.name);
  return {
    isHighLoad,
    recommendation: isHighLoad
      ? `High load (${reasons.join(', ') || 'not yet normal for long enough'}): writes go straight to events. See the event queue's depth and add projectors or workers if it lasts.`
      : 'Normal load: writes try the fast path first.',
    indicators: load.state.indicators.map((indicator) => ({ ...indicator })),
    sampleAgeMs: load.ageMs(now) ?? null,
    timestamp: new Date(now).toISOString(),
  };
}
