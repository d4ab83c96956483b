import type { Pod } from '@hybrid-sync/sync-core';
import { z } from 'zod';

/** What `hybrid_sync_load_check` answers: the guide's `isHighLoad` and `recommendation`, and why. */
export const loadCheck = z.object({
  isHighLoad: z.boolean(),
  recommendation: z.string(),
  indicators: z.array(
    z.object({
      name: z.string(),
      value: z.number(),
      threshold: z.number().describe('Load is high when the value reaches this.'),
      exceeded: z.boolean(),
    }),
  ),
  sampleAgeMs: z
    .number()
    .nullable()
    .describe('Age of the last load sample in milliseconds; null before the first.'),
  timestamp: z.iso.datetime(),
});

/** The load as last sampled. */
export function loadCheckOf(pod: Pod): z.output<typeof loadCheck> {
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
