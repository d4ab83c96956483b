import type { Cache } from '../cache/cache.js';

/**
 * All keys that a scan of `prefix` names, in their order. One page, however large, is not enough: other tests have keys in
 * the same Redis, and a page looks at so many of all.
 *
 * @param limit keys that a page looks at.
 */
export async function scannedKeys(
  cache: Pick<Cache, 'scan'>,
  prefix: string,
  limit = 1000,
): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const page = await cache.scan(prefix, cursor, limit);
    for (const key of page.keys) found.add(key);
    cursor = page.cursor;
  } while (cursor !== '0');
  return [...found].sort();
}
