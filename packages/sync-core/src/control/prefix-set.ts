/** A set of prefixes, made once and asked often: a look-up compares a key with about log2(n) of them. */
export class PrefixSet {
  /** Sorted, and none of them the beginning of another one. */
  readonly #prefixes: readonly string[];

  constructor(prefixes: readonly string[]) {
    const kept: string[] = [];
    for (const prefix of [...prefixes].sort(byCodeUnits)) {
      const last = kept.at(-1);
      if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
    }
    this.#prefixes = kept;
  }

  /**
   * Whether the key begins with one of the prefixes. That one would be the greatest of them that is not above the key:
   * any between it and the key would begin with it, too.
   */
  matches(key: string): boolean {
    let low = 0;
    let high = this.#prefixes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#prefixes[middle] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    const candidate = this.#prefixes[low - 1];
    return candidate !== undefined && key.startsWith(candidate);
  }
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
