/** The items in groups, which stand in the order of their first ones. */
export function groupedBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** A value for each key. */
export function recordOf<K extends string, V>(keys: readonly K[], make: (key: K) => V): Record<K, V> {
  // fromEntries forgets the keys' type; every one of them was given a value here.
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, V>;
}
