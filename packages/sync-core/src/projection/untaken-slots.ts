/** Sweeps in a row that see the same work of a slot before the projector that it falls to drains it itself. */
const OWN_SWEEPS = 3;
/** The same of slots that fall to another projector: that one gets the first turn. */
const OTHERS_SWEEPS = OWN_SWEEPS + 2;
/** How many fewer sweeps are waited for where no one could be woken. */
const NO_WAKE_UP_SWEEPS = 2;

/** What one sweep saw. */
export interface SweepView {
  /** What the slots with work that no one drains are to begin with, in any words that change as soon as some of it is done. */
  readonly heads: ReadonlyMap<number, string>;
  /** Whether wake-ups could be sent. */
  readonly woken: boolean;
  /** Whether a slot falls to this projector. */
  readonly isOwn: (slot: number) => boolean;
}

/**
 * Finds slots that are woken again and again and drained by no one: their work is the same as some sweeps ago, and no one
 * has them in hand. Whatever wakes projectors may be paused, evicted or broken; this asks only whether work gets done.
 */
export class UntakenSlots {
  #seen = new Map<number, { readonly head: string; readonly sweeps: number }>();

  /** Takes in what a sweep saw. @returns the slots that this projector is to drain itself, the longest seen first */
  after({ heads, woken, isOwn }: SweepView): number[] {
    const seen = new Map<number, { head: string; sweeps: number }>();
    const untaken: number[] = [];
    for (const [slot, head] of heads) {
      const before = this.#seen.get(slot);
      const sweeps = before?.head === head ? before.sweeps + 1 : 1;
      seen.set(slot, { head, sweeps });
      const patience = (isOwn(slot) ? OWN_SWEEPS : OTHERS_SWEEPS) - (woken ? 0 : NO_WAKE_UP_SWEEPS);
      if (sweeps >= patience) untaken.push(slot);
    }
    this.#seen = seen;
    return untaken.sort((one, other) => (seen.get(other)?.sweeps ?? 0) - (seen.get(one)?.sweeps ?? 0));
  }
}

/** Whether a slot falls to a projector: slots are dealt out evenly among those that live, in the order of their names. */
export function fallsTo(me: string, projectors: readonly string[], slot: number): boolean {
  const all = [...new Set([...projectors, me])].sort();
  return all[slot % all.length] === me;
}
