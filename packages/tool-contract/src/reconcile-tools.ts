import { z } from 'zod';
import { BULK_CHANGE } from './chosen.js';
import type { Fields } from './fields.js';
import { READS, type ToolHints, tool } from './tool-terms.js';

/** Longest work of one call, in milliseconds: below the time-outs that clients and proxies usually have. */
const MAX_BUDGET_MS = 25_000;
/** How long one call of a long task may take. */
export const BUDGET_MS = z
  .int()
  .min(1)
  .max(MAX_BUDGET_MS)
  .default(10_000)
  .describe(`Milliseconds until a cursor, 1 to ${MAX_BUDGET_MS}.`);
/** Where a call of a long task goes on. */
export const taskCursor = z.string().max(16_384).nullish().describe('Of the call before.');
const count = z.int();
const kinds = z.object({
  'shadow-missing': count,
  'shadow-behind': count,
  'shadow-ahead': count.describe('The cache lost data.'),
  'value-differs': count.describe('At the same version.'),
  'expiry-differs': count.describe('At the same version, by more than a second.'),
  'cache-missing': count.describe('Not in the cache though not expired: evicted or lost.'),
  'foreign-document': count.describe(
    'What lies in the place of the shadow is none: someone else put it there.',
  ),
  'orphaned-tombstone': count.describe('A shadow of what is gone, which nothing would remove.'),
});
const kind = z.enum(Object.keys(kinds.shape) as [keyof typeof kinds.shape]);

/** For a tool that brings both sides to the newest write that either has; what is newest is never lost. */
const MENDS: ToolHints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

const progress = {
  complete: z.boolean().describe('Whether everything asked for was done.'),
  cursor: z.string().nullable().describe('Give it back to go on where this call ended; null when complete.'),
};
const rate = { seconds: z.number(), keysPerSecond: z.number(), timestamp: z.iso.datetime() };
const verification = {
  ...progress,
  health: z
    .enum(['HEALTHY', 'ISSUES_DETECTED', 'UNKNOWN'])
    .describe('UNKNOWN: nothing found, but not sure of every key.'),
  keys: count.describe('Keys looked at, that cache or shadow store has.'),
  tombstones: count.describe('Shadows looked at beside them, of what was deleted or has expired.'),
  differing: count.describe('Keys that differ.'),
  kinds,
  samples: z
    .array(
      z.object({
        key: z.string(),
        kind,
        cacheVersion: z.int().optional().describe('Absent for no pair.'),
        shadowVersion: z.int().optional().describe('Absent for no shadow.'),
      }),
    )
    .describe('The first of them.'),
  undecided: count.describe('Keys that kept changing, or whose mutations did not arrive in time.'),
  storeAway: z.string().nullable().describe('Why the call ended, where a store did not answer; else null.'),
  ...rate,
};
const side = z.object({
  found: z.boolean(),
  version: z.int().optional(),
  deleted: z.boolean().optional().describe('Whether the shadow is a tombstone.'),
  ttlSec: z.number().nullable().describe('Seconds until it expires, at least 0; null for never or nothing.'),
  expireAt: z.iso.datetime().optional(),
});
const stopped = z.string().nullable().describe('Why the call ended before its time; null unless it did.');

/** The tools that compare cache and shadows, mend what differs, and bring lost or foreign data in. */
export function reconcileTools({ key, prefix }: Fields) {
  const waitMs = z
    .int()
    .min(0)
    .max(MAX_BUDGET_MS)
    .default(5000)
    .describe(`Milliseconds for what is on its way, 0 to ${MAX_BUDGET_MS}.`);
  const bounds = {
    cursor: taskCursor,
    budgetMs: BUDGET_MS,
    keysPerSecond: z.number().gt(0).nullish().describe('Keys at most.'),
    waitMs,
  };
  const samples = z.int().min(0).max(1000).default(20).describe('Differences shown, 0 to 1000.');
  return {
    verify_cache_sync: tool({
      title: 'Verify cache and shadows',
      description: 'Use to see whether cache and shadow store agree on every key, or on those with a prefix.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ prefix, ...bounds, samples }),
      output: z.object(verification),
    }),
    verify_key_sync: tool({
      title: 'Verify one key',
      description: 'Use to see whether cache and shadow store agree on one key, and what each of them says.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ key, waitMs }),
      output: z.object({
        key: z.string(),
        state: z.enum(['IN_SYNC', 'DIFFERS', 'UNDECIDED']),
        kind: kind.nullable().describe('How it differs; null unless it does.'),
        cache: side,
        shadow: side,
        timestamp: z.iso.datetime(),
      }),
    }),
    get_cache_ttl_info: tool({
      title: 'Times to live on both sides',
      description:
        'Use to see when a key expires in the cache and in the shadow store, and whether they agree.',
      role: 'read',
      hints: READS,
      input: z.strictObject({ key }),
      output: z.object({
        key: z.string(),
        cache: side,
        shadow: side,
        agree: z
          .boolean()
          .describe('Whether both expire in the same millisecond, or never, or have no pair.'),
        timestamp: z.iso.datetime(),
      }),
    }),
    force_sync_repair: tool({
      title: 'Repair differences',
      description:
        'Use to mend keys on which the sides differ, each towards its newest version. Without apply a dry run shows the plan.',
      role: 'admin',
      hints: MENDS,
      input: z.strictObject({
        key: key.nullish().describe('Only this key.'),
        prefix,
        apply: z.boolean().default(false).describe('True: mend. False: show the plan.'),
        ...bounds,
        samples,
      }),
      output: z.object({
        applied: z.boolean().describe('False for a dry run.'),
        plan: z.object({
          toShadow: count.describe('Keys whose cached pair is synced under a new version.'),
          toCache: count.describe('Keys whose shadow is brought back into the cache.'),
        }),
        done: z.object({
          resynced: count.describe('Made a new mutation of what the cache holds.'),
          restored: count.describe('Brought back into the cache.'),
          removed: count.describe('Removed from the cache: the shadow knew of a later delete or expiry.'),
          changedMeanwhile: count.describe('Left alone, since the key changed meanwhile.'),
          failed: count.describe('Could not be mended.'),
        }),
        ...verification,
      }),
    }),
    restore_cache: tool({
      title: 'Restore a lost cache',
      description:
        'Use after Redis came back empty or with old data, to fill it again from the shadow store. Clients may go on; what is newest stays.',
      role: 'admin',
      hints: MENDS,
      input: z.strictObject({ prefix, ...bounds }),
      output: z.object({
        ...progress,
        shadows: count.describe('Shadows looked at.'),
        expected: count.describe('About how many shadows there are.'),
        restored: count.describe('Pairs brought back.'),
        removed: count.describe('Pairs removed that were older than a delete or an expiry.'),
        newer: count.describe('Keys of which the cache knew something as new or newer.'),
        leftOut: count.describe('Deleted and expired ones.'),
        foreign: count.describe(
          'Documents in the place of shadows that are none, and what lies in the place of pairs and is none: left alone.',
        ),
        stopped,
        ...rate,
      }),
    }),
    import_plain_keys: tool({
      title: 'Import plain Redis keys',
      description:
        'Use to take strings and JSON documents of the same Redis into the cache, where it lacks them. They stay; those of hybrid-sync and BullMQ are left alone. Without apply a dry run names them.',
      role: 'admin',
      hints: MENDS,
      input: z.strictObject({
        match: z.string().min(1).max(1024).describe('Glob pattern, such as user:*.'),
        hashes: z.boolean().default(false).describe('Hashes, too, as JSON.'),
        apply: BULK_CHANGE.apply,
        ...bounds,
        samples: z.int().min(0).max(1000).default(20).describe('Names of keys shown, 0 to 1000.'),
      }),
      output: z.object({
        applied: z.boolean().describe('False for a dry run.'),
        ...progress,
        seen: count.describe('Keys that matched.'),
        reserved: count.describe('Left alone: keys of hybrid-sync namespaces and of BullMQ queues.'),
        importable: count.describe(
          'Not known to the system: imported, or what an import would take as far as the shadow store tells.',
        ),
        samples: z.array(z.string()).describe('Names of the first importable ones.'),
        imported: count.describe('Written, journaled and synced like any other write.'),
        known: count.describe('Left alone: the system has, or had, a pair of that key.'),
        otherTypes: count.describe('Left out: of a type that is not taken.'),
        unfit: count.describe('Left out: too long, no text, or expired.'),
        leftOut: z.array(z.string()).describe('The first ones left out, and why.'),
        stopped,
        ...rate,
      }),
    }),
  };
}
