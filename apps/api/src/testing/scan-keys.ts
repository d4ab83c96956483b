/** One page of keys. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor: string;
}

/** Every key of all pages, each once. The suites share a Redis, so even few keys may take several pages. */
export async function scanKeys(page: (cursor: string) => Promise<KeyPage>): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const next = await page(cursor);
    for (const key of next.keys) found.add(key);
    cursor = next.cursor;
  } while (cursor !== '0');
  return [...found];
}
