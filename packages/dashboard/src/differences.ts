import type { ToolResult } from '@hybrid-sync/tool-contract';

/** How a key differs, by the name that the tools give it. */
export type DifferenceKind = ToolResult<'verify_cache_sync'>['samples'][number]['kind'];

/** What each kind of difference is, in words. */
export const DIFFERENCES: Readonly<Record<DifferenceKind, string>> = {
  'shadow-missing': 'the shadow store has nothing of it',
  'shadow-behind': 'the shadow has an older version',
  'shadow-ahead': 'the shadow has a newer version: the cache lost data',
  'value-differs': 'same version, another value',
  'expiry-differs': 'same version, another expiry',
  'cache-missing': 'not in the cache though not expired: evicted or lost',
  'foreign-document': "something else lies in the shadow's place",
  'orphaned-tombstone': 'a shadow of what is gone, which nothing would remove',
};
