import { z } from 'zod';
import { type Fields, originOf } from './fields.js';
import { loadCheck, loadCheckOf } from './load-check.js';
import { statistics, statisticsOf } from './statistics.js';
import { syncResult, syncResultOf } from './sync-result.js';
import { defineTool, READS, WRITES } from './tool.js';

/** The guide's five tools, and what they add to it. */
export function hybridSyncTools({ key, value, ttlSec, sessionId, interactionId }: Fields) {
  const mutation = z.strictObject({
    key,
    value: value.nullish().describe('The value to set first; absent or null to sync what the cache holds.'),
    ttlSec,
    sessionId,
    interactionId,
  });
  const sync = (name: string, title: string, description: string, mode: 'hybrid' | 'adaptive') =>
    defineTool({
      name,
      title,
      description,
      hints: WRITES,
      input: mutation,
      output: syncResult,
      run: async (args, pod) => {
        const { sync: service } = pod.running;
        const origin = originOf(args);
        const answer =
          args.value === undefined || args.value === null
            ? await service.resync(args.key, origin, mode)
            : await service.set(
                { ...origin, key: args.key, value: args.value, ttlSec: args.ttlSec ?? undefined },
                mode,
              );
        return syncResultOf(answer);
      },
    });

  return [
    defineTool({
      name: 'hybrid_sync_stats',
      title: 'Sync statistics',
      description:
        'Use to see how syncing goes: workers, queues, outbox, journal, and how far mutations got.',
      hints: READS,
      input: z.strictObject({}),
      output: statistics,
      run: async (_, pod) => statisticsOf(pod),
    }),
    defineTool({
      name: 'hybrid_sync_load_check',
      title: 'Load check',
      description:
        'Use to see whether the system is under high load, by which indicator, and what that means for writes.',
      hints: READS,
      input: z.strictObject({}),
      output: loadCheck,
      run: async (_, pod) => loadCheckOf(pod),
    }),
    sync(
      'hybrid_sync_manual',
      'Sync a key by hand',
      'Use to set a value and sync it, or without a value to sync what the cache holds, trying the fast path first whatever the load.',
      'hybrid',
    ),
    defineTool({
      name: 'hybrid_sync_delete',
      title: 'Delete and sync by hand',
      description: 'Use to delete a key and sync the deletion, trying the fast path first whatever the load.',
      hints: WRITES,
      input: z.strictObject({ key, sessionId, interactionId }),
      output: syncResult.extend({ existed: z.boolean().describe('Whether the cache had the key.') }),
      run: async (args, pod) => {
        const answer = await pod.running.sync.delete(args.key, originOf(args), 'hybrid');
        return { ...syncResultOf(answer), existed: answer.existed };
      },
    }),
    sync(
      'hybrid_sync_adaptive',
      'Sync a key, minding the load',
      'Use to set a value and sync it, or without a value to sync what the cache holds, going straight to an event under high load.',
      'adaptive',
    ),
  ];
}
