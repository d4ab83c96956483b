import { z } from 'zod';
import type { Fields } from './fields.js';
import { loadCheck } from './load-check.js';
import { statistics } from './statistics.js';
import { syncMode } from './sync-mode.js';
import { deleteResult, syncResult } from './sync-result.js';
import { READS, tool, WRITES } from './tool-terms.js';

/** The guide's five tools. */
export function hybridSyncTools({ key, value, ttlSec, sessionId, interactionId }: Fields) {
  const mutation = (mode: 'hybrid' | 'adaptive') =>
    z.strictObject({
      key,
      value: value.nullish().describe('A new value; absent: what the cache holds.'),
      ttlSec,
      mode: syncMode.default(mode).describe('How to sync, this once.'),
      sessionId,
      interactionId,
    });
  return {
    hybrid_sync_stats: tool({
      title: 'Sync statistics',
      description:
        'Use to see how syncing goes: workers, queues, outbox, journal, and how far mutations got.',
      role: 'read',
      hints: READS,
      input: z.strictObject({}),
      output: statistics,
    }),
    hybrid_sync_load_check: tool({
      title: 'Load check',
      description: 'Use to see whether load is high, by which indicator, and what that means for writes.',
      role: 'read',
      hints: READS,
      input: z.strictObject({}),
      output: loadCheck,
    }),
    hybrid_sync_manual: tool({
      title: 'Sync a key by hand',
      description:
        'Use to sync one key now: a new value or, without one, what the cache holds. Tries the fast path first whatever the load, unless mode says otherwise. For an ordinary write take kv_set.',
      role: 'write',
      hints: WRITES,
      input: mutation('hybrid'),
      output: syncResult,
    }),
    hybrid_sync_delete: tool({
      title: 'Delete and sync by hand',
      description: 'Use to delete a key and sync the deletion, trying the fast path first whatever the load.',
      role: 'write',
      hints: WRITES,
      input: z.strictObject({ key, sessionId, interactionId }),
      output: deleteResult,
    }),
    hybrid_sync_adaptive: tool({
      title: 'Sync a key, minding the load',
      description:
        'Use to sync one key like hybrid_sync_manual where it may wait: under high load straight to an event, unless mode says otherwise. For an ordinary write take kv_set.',
      role: 'write',
      hints: WRITES,
      input: mutation('adaptive'),
      output: syncResult,
    }),
  };
}
