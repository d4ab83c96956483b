import type { Pod } from '@hybrid-sync/sync-core';
import { resyncCached } from '@hybrid-sync/sync-core/reconcile';
import type { ToolArguments } from '@hybrid-sync/tool-contract';
import { loadCheckOf } from './load-check.js';
import { statisticsOf } from './statistics.js';
import { originOf, syncResultOf } from './sync-result.js';
import type { ToolHandlers } from './tool.js';
import { keptText } from './typed-value.js';

/** The guide's five tools. */
export const hybridSyncHandlers: ToolHandlers<
  | 'hybrid_sync_stats'
  | 'hybrid_sync_load_check'
  | 'hybrid_sync_manual'
  | 'hybrid_sync_delete'
  | 'hybrid_sync_adaptive'
> = {
  hybrid_sync_stats: async (_, pod) => statisticsOf(pod),

  hybrid_sync_load_check: async (_, pod) => loadCheckOf(pod),

  hybrid_sync_manual: setOrResync,

  hybrid_sync_delete: async (args, pod) => {
    const answer = await pod.running.sync.delete(args.key, originOf(args), { mode: 'hybrid' });
    return { ...syncResultOf(answer), existed: answer.existed };
  },

  hybrid_sync_adaptive: setOrResync,
};

async function setOrResync(args: ToolArguments<'hybrid_sync_manual'>, pod: Pod) {
  const { sync } = pod.running;
  const origin = originOf(args);
  const answer =
    args.value === undefined || args.value === null
      ? await resyncCached(pod.stores, sync, args.key, origin, { mode: args.mode })
      : await sync.set(
          {
            ...origin,
            key: args.key,
            value: keptText({ value: args.value }, pod.settings.maxValueBytes),
            ttlSec: args.ttlSec ?? undefined,
          },
          { mode: args.mode },
        );
  return syncResultOf(answer);
}
