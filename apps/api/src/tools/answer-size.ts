/** Bytes of JSON that a page of an answer has, at most. Over MCP it is written twice, once as text inside of JSON. */
const MOST_PAGE_BYTES = 1024 * 1024;
/** A character takes six bytes at most. */
const JSON_GROWTH = 6;
/** A text's own, which are not counted. */
const QUOTES = 2;

/** How many bytes values take as JSON writes them; counted no further than needed to know whether it is above `most`. */
export function writtenBytes(values: readonly string[], most: number): number {
  const raw = values.reduce((sum, value) => sum + value.length, 0);
  if (JSON_GROWTH * raw <= most) return raw;
  let bytes = 0;
  for (const value of values) {
    bytes += Buffer.byteLength(JSON.stringify(value)) - QUOTES;
    if (bytes > most) break;
  }
  return bytes;
}

/** Whether an answer fits into a page as JSON writes it. */
export function fitsPage(answer: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(answer)) <= MOST_PAGE_BYTES;
}

/** As many of the first items as fit into a page as JSON writes them, and one in any case. */
export function firstThatFit<Item>(items: readonly Item[]): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes > MOST_PAGE_BYTES && index > 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
}
