/** Hash slots of a Redis Cluster that follow each other; both ends belong to it. */
export type SlotRange = readonly [from: number, to: number];

/** How many hash slots every cluster has. */
export const HASH_SLOTS = 16384;

/** Ranges in their order, those that touch each other as one. */
export function joined(ranges: readonly SlotRange[]): SlotRange[] {
  const apart: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = apart.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}

/** The first hash slot that none of these ranges has; undefined where they have all. */
export function firstWithout(ranges: readonly SlotRange[]): number | undefined {
  const [first] = joined(ranges);
  const slot = first === undefined || first[0] > 0 ? 0 : first[1] + 1;
  return slot < HASH_SLOTS ? slot : undefined;
}

/** A range without some of its hash slots. */
export function without([from, to]: SlotRange, slots: ReadonlySet<number>): SlotRange[] {
  const gaps = [...slots].filter((slot) => from <= slot && slot <= to).sort((a, b) => a - b);
  const starts = [from, ...gaps.map((slot) => slot + 1)];
  const ends = [...gaps.map((slot) => slot - 1), to];
  return starts.map((start, at): SlotRange => [start, ends[at] ?? to]).filter(([start, end]) => start <= end);
}
