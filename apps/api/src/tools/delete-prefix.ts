import { deletePrefix } from '@hybrid-sync/sync-core/reconcile';
import { endOf, endOfTasks } from './reconcile-tools.js';
import { originOf } from './sync-result.js';
import { deletion } from './task-progress.js';
import type { ToolHandlers } from './tool.js';

/** Page after page of keys, on both sides, each key deleted as by kv_del. */
export const deletePrefixHandlers: ToolHandlers<'kv_del_prefix'> = {
  kv_del_prefix: async ({ prefix, apply, budgetMs, cursor, ...args }, pod, { gone, onProgress }) => {
    const report = await deletePrefix(pod.stores, pod.running.sync, {
      ...{ prefix, apply, budgetMs, cursor: cursor ?? undefined },
      origin: originOf(args),
      signal: endOfTasks(pod, gone),
      onProgress: (progress) => onProgress?.(deletion(progress)),
    });
    const keysPerSecond = report.keys / report.seconds;
    return {
      ...report,
      applied: apply,
      samples: [...report.samples],
      ...endOf({ ...report, keysPerSecond }),
    };
  },
};
