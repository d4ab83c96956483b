import type { Cache } from './cache.js';

/** The writes of a cache. */
export type CacheWrites = Pick<
  Cache,
  | 'set'
  | 'setIf'
  | 'writeMany'
  | 'setAllIfAbsent'
  | 'delete'
  | 'getAndDelete'
  | 'resync'
  | 'expire'
  | 'expireIf'
  | 'append'
  | 'increment'
  | 'incrementFloat'
>;
