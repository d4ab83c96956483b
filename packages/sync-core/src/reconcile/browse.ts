import type { PairHead } from '../cache/cached-pair.js';
import type { PairReader } from '../cache/pair-reader.js';
import type { ListedShadow, ShadowReader } from '../store/shadow-reader.js';

/** What listing keys reads. */
export interface BrowsedStores {
  readonly cache: Pick<PairReader, 'scan' | 'heads'>;
  readonly shadows: Pick<ShadowReader, 'listed' | 'listedOf'>;
}

/** What both sides have of a key, as far as a list shows it: each read once, so that what is on its way may show. */
export interface ListedKey {
  readonly key: string;
  readonly pair: PairHead | undefined;
  readonly shadow: ListedShadow | undefined;
}

/** A page of keys. */
export interface ListedPage {
  readonly keys: readonly ListedKey[];
  /** Where the next page starts; undefined when this was the last one. */
  readonly cursor: string | undefined;
}

/** Which keys to list. */
export interface BrowseOptions {
  /**
   * Whose keys. The shadow store's come in their order, each page by one look at an index, however many keys there are;
   * the cache's come as Redis goes through all of them: in no order, and perhaps none on a page.
   */
  readonly side: 'cache' | 'shadow';
  readonly prefix: string;
  /** Of the page before; undefined for the first one. */
  readonly cursor: string | undefined;
  /** About how many. */
  readonly limit: number;
  /** Bytes of each value that are shown, at most. */
  readonly previewBytes: number;
}

/** Lists the keys that one side has and start with a prefix, with what the other side has of them. @throws what the stores throw */
export async function browse(stores: BrowsedStores, options: BrowseOptions): Promise<ListedPage> {
  const { side, prefix, cursor, limit, previewBytes } = options;
  if (side === 'shadow') {
    const page = await stores.shadows.listed(prefix, cursor, limit);
    const pairs = await stores.cache.heads(
      page.shadows.map(({ _id }) => _id),
      previewBytes,
    );
    const keys = page.shadows.map((shadow, index) => ({ key: shadow._id, pair: pairs[index], shadow }));
    return { keys, cursor: page.after };
  }
  const page = await stores.cache.scan(prefix, cursor ?? '0', limit);
  const names = [...new Set(page.keys)];
  const [pairs, shadows] = await Promise.all([
    stores.cache.heads(names, previewBytes),
    stores.shadows.listedOf(names),
  ]);
  const byKey = new Map(shadows.map((shadow) => [shadow._id, shadow]));
  const keys = names.map((key, index) => ({ key, pair: pairs[index], shadow: byKey.get(key) }));
  return { keys, cursor: page.cursor === '0' ? undefined : page.cursor };
}
