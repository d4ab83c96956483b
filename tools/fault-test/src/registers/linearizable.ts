/** What a client did with a register, and was told. A value is any text that no other write has; null is no value. */
type RegisterCall =
  | { readonly kind: 'read'; readonly saw: string | null }
  | {
      /** Sets a value where the register has `expected`. */
      readonly kind: 'swap';
      readonly expected: string | null;
      readonly value: string;
      /** `unknown`: no clear answer came. It may have taken effect, may still do so at any later time, or never. */
      readonly outcome: 'done' | 'refused' | 'unknown';
    };

/** A call with its time, on any one clock. */
export type TimedCall = RegisterCall & {
  readonly calledAt: number;
  /** When the answer came; of an unknown outcome it says nothing. */
  readonly answeredAt: number;
};

/** What a history turned out to be; `undecided` when that would take too many steps to find out. */
export type Linearizability = 'linearizable' | 'not linearizable' | 'undecided';

/** Steps of the search after which it gives up: about a second. */
const MOST_STEPS = 1_000_000;

/**
 * Whether each call of a history can have taken effect at one moment between call and answer, one after the other, with
 * the answers that were given: the search of Wing and Gong, with Lowe's memory of what was tried.
 *
 *   some are done, the register has a value ─ one that could be next, and answers as it did ─▶ one more is done
 *      ▲                                   └─ none is: back ─┐
 *      └─────────────────────────────────────────────────────┘
 *
 * A call may be next when none of the others had been answered before it was made. What was tried is remembered as the set
 * of the calls that are done and the register's value: the way there does not matter.
 */
export function linearizability(
  history: readonly TimedCall[],
  first: string | null = null,
  mostSteps: number = MOST_STEPS,
): Linearizability {
  const calls = [...history].sort((one, other) => one.calledAt - other.calledAt);
  const last = calls.filter(mustBeDone).length;
  const tried = new Set<string>();
  const path: Step[] = [stepOf(calls, { register: first, pending: [], reach: 0, needed: 0 })];
  let steps = 0;
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    if (step.needed === last) return 'linearizable';
    const at = step.candidates[step.next++];
    if (at === undefined) {
      path.pop();
      continue;
    }
    if (++steps > mostSteps) return 'undecided';
    const call = calls[at] as TimedCall;
    const register = after(call, step.register);
    if (register === undefined) continue;
    const place: Place = {
      register,
      pending: step.pending.filter((each) => each !== at).concat(range(step.reach, at)),
      reach: Math.max(step.reach, at + 1),
      needed: step.needed + Number(mustBeDone(call)),
    };
    const state = JSON.stringify([register, place.reach, place.pending]);
    if (tried.has(state)) continue;
    tried.add(state);
    path.push(stepOf(calls, place));
  }
  return 'not linearizable';
}

/** Where the search stands. */
interface Place {
  readonly register: string | null;
  /** The calls before `reach` that are not done, by their numbers. */
  readonly pending: readonly number[];
  /** One more than the number of the last call that is done. */
  readonly reach: number;
  /** How many are done that have to be. */
  readonly needed: number;
}

interface Step extends Place {
  /** The calls that could be next. */
  readonly candidates: readonly number[];
  /** Which of them to try next. */
  next: number;
}

/** The candidates are the calls that were made before any that is not done was answered. */
function stepOf(calls: readonly TimedCall[], place: Place): Step {
  const candidates: number[] = [];
  let answeredAt = Number.POSITIVE_INFINITY;
  const add = (at: number): boolean => {
    const call = calls[at];
    if (call === undefined || call.calledAt > answeredAt) return false;
    candidates.push(at);
    if (mustBeDone(call)) answeredAt = Math.min(answeredAt, call.answeredAt);
    return true;
  };
  if (place.pending.every(add)) for (let at = place.reach; add(at); at++);
  return { ...place, candidates, next: 0 };
}

function range(from: number, until: number): number[] {
  return Array.from({ length: Math.max(until - from, 0) }, (_, at) => from + at);
}

/** What the register holds after a call; undefined where that would not have been answered so. */
function after(call: TimedCall, register: string | null): string | null | undefined {
  if (call.kind === 'read') return call.saw === register ? register : undefined;
  const holds = call.expected === register;
  if (call.outcome === 'refused') return holds ? undefined : register;
  return holds ? call.value : undefined;
}

function mustBeDone(call: TimedCall): boolean {
  return call.kind === 'read' || call.outcome !== 'unknown';
}
