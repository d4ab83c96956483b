import { HybridSyncError } from '@hybrid-sync/sync-core';
import { endOfTasks, rateOf } from './reconcile-tools.js';
import { originOf } from './sync-result.js';
import type { ToolHandlers } from './tool.js';

/** Keys that are looked for, and deleted at the same time; few enough for a page to end soon after the budget did. */
const PAGE_KEYS = 100;
/** Keys that a report names. */
const MAX_SAMPLES = 20;

/** Page after page of keys, each key deleted as by kv_del. */
export const deletePrefixHandlers: ToolHandlers<'kv_del_prefix'> = {
  kv_del_prefix: async ({ prefix, apply, budgetMs, ...args }, pod, _by, gone, _, onProgress) => {
    const { sync } = pod.running;
    const origin = originOf(args);
    const signal = endOfTasks(pod, gone);
    const startedAt = performance.now();
    const elapsedMs = () => performance.now() - startedAt;
    const samples: string[] = [];
    let [cursor, keys, deleted] = [args.cursor, 0, 0];
    let stopped: string | undefined;
    do {
      const page = await pod.stores.cache.scan(prefix, cursor, PAGE_KEYS);
      keys += page.keys.length;
      samples.push(...page.keys.slice(0, MAX_SAMPLES - samples.length));
      if (apply) {
        const ends = await Promise.allSettled(page.keys.map((key) => sync.delete(key, origin)));
        for (const end of ends) {
          if (end.status === 'rejected') stopped ??= refusalIn(end.reason);
          else if (end.value.existed) deleted++;
        }
        if (stopped !== undefined) break;
      }
      cursor = page.cursor;
      onProgress?.({
        done: keys,
        message: `${keys} keys found, ${deleted} deleted`,
        cursor: cursor === '0' ? undefined : cursor,
      });
    } while (cursor !== '0' && elapsedMs() < budgetMs && !signal.aborted);
    const complete = stopped === undefined && cursor === '0';
    const seconds = elapsedMs() / 1000;
    return {
      applied: apply,
      complete,
      cursor: complete ? null : cursor,
      stopped: stopped ?? null,
      keys,
      deleted,
      samples,
      ...rateOf({ seconds, keysPerSecond: keys / seconds }),
      timestamp: new Date().toISOString(),
    };
  },
};

/** What the service says of a write that it refused. @throws whatever else it is */
function refusalIn(error: unknown): string {
  if (error instanceof HybridSyncError) return error.message;
  throw error;
}
