/**
 * The items in groups, in their order: of `most` at most, and of no more once they weigh `weight` together; a heavier
 * item is alone with those before it.
 */
export function inGroups<Item>(
  items: readonly Item[],
  most: number,
  weight = Number.POSITIVE_INFINITY,
  weightOf: (item: Item) => number = () => 0,
): Item[][] {
  const groups: Item[][] = [];
  let open: Item[] = [];
  let weighs = 0;
  for (const item of items) {
    open.push(item);
    weighs += weightOf(item);
    if (open.length < most && weighs < weight) continue;
    groups.push(open);
    open = [];
    weighs = 0;
  }
  return open.length > 0 ? [...groups, open] : groups;
}
