import { HybridSyncStore } from '@hybrid-sync/keyv';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';

/**
 * Prices that are expensive to find out: kept in the memory of the process, behind it in the deployment, where the other
 * processes find them, and MongoDB has them.
 */
export function priceCache(url: string): Cacheable {
  const store = new HybridSyncStore({ url });
  return new Cacheable({
    secondary: new Keyv({ store, namespace: 'price', throwOnErrors: true }),
    ttl: '1h',
  });
}

/** The price of an article, from `find` where no process has it. */
export async function priceOf(
  cache: Cacheable,
  article: string,
  find: (article: string) => Promise<number>,
): Promise<number> {
  const known = await cache.get<number>(article);
  if (known !== undefined) return known;
  const price = await find(article);
  await cache.set(article, price);
  return price;
}
