/** Keys of one command that are under way, at most: as many as a connection has commands. Others have their turn between. */
const MOST_TOGETHER = 256;

/**
 * Does something with each of these, part by part, in their order; a part is through before the next begins.
 * @throws the first error of a part; those behind it are not begun
 */
export async function inParts<Item, Done>(
  items: readonly Item[],
  each: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  for (let at = 0; at < items.length; at += MOST_TOGETHER) {
    const outcomes = await Promise.allSettled(items.slice(at, at + MOST_TOGETHER).map(each));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      done.push(outcome.value);
    }
  }
  return done;
}
