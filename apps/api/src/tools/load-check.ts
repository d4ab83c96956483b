import { failingReason, type LiveProjector, type Pod, pausedParts } from '@hybrid-sync/sync-core';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import { reminderOf } from './pause-tool.js';

/** The load of the whole deployment as last sampled. */
export async function loadCheckOf(pod: Pod): Promise<ToolResult<'hybrid_sync_load_check'>> {
  const { load } = pod.running;
  const now = Date.now();
  const level = load.level(now);
  const { indicators, sample } = load.state;
  const troubles = await troublesOf(pod);
  const [worst] = troubles.filter(({ severity }) => severity === 'bad');
  return {
    troubles,
    isHighLoad: level === 'high',
    load: level,
    recommendation:
      worst?.message ??
      RECOMMENDATIONS[level](indicators.filter(({ exceeded }) => exceeded).map(({ name }) => name)),
    indicators: indicators.map((indicator) => ({ ...indicator })),
    pods: sample?.pods ?? null,
    sampleAgeMs: load.ageMs(now) ?? null,
    timestamp: new Date(now).toISOString(),
  };
}

/** What the load means for writes in mode adaptive, and what to do. `exceeded`: the indicators that say that it is high. */
const RECOMMENDATIONS = {
  normal: () => 'Normal load: writes try the fast path first.',
  high: (exceeded: readonly string[]) =>
    `High load (${exceeded.join(', ') || 'not yet normal for long enough'}): writes go straight to events. See the event queue's depth and add projectors or workers if it lasts.`,
  unknown: () =>
    'Load is not known, for want of a recent sample: writes try the fast path unless its circuit breaker is open. See whether Redis and MongoDB answer.',
};

type Trouble = ToolResult<'hybrid_sync_load_check'>['troubles'][number];

const PAUSED = {
  fast: 'Someone has paused the fast queue: writes go to the outbox until it is resumed.',
  projection:
    'Someone has paused the projection queue: projectors drain by their sweeps alone, later, until it is resumed.',
};

/** What keeps writes or drains from succeeding. */
async function troublesOf(pod: Pod): Promise<Trouble[]> {
  const { reasons, warnings, paused } = pod.readiness();
  const projectors = await pod.running.projectors.all();
  return [
    ...reasons.map(({ name, message }) => ({ name, severity: 'bad' as const, message })),
    ...(projectors ?? []).flatMap(drainTrouble),
    ...warnings.map(({ name, message }) => ({ name, severity: 'warning' as const, message })),
    ...pausedParts(pod.live).map((pause) => ({
      name: 'PART_PAUSED',
      severity: 'warning' as const,
      message: reminderOf(pause),
    })),
    ...paused.map((queue) => ({
      name: 'QUEUE_PAUSED',
      severity: 'warning' as const,
      message: PAUSED[queue],
    })),
  ];
}

function drainTrouble({ id, failing }: LiveProjector): Trouble[] {
  if (failing === null) return [];
  const { cause, forMs } = failing;
  const [reason] = failingReason('DRAINS_FAIL', { cause, forMs });
  return [{ name: 'DRAINS_FAIL', severity: 'bad', message: reason?.message ?? cause, projector: id }];
}
