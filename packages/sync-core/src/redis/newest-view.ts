import { RedisFaultError } from '../errors.js';
import { type ClusterView, firstView } from './cluster-view.js';
import { HASH_SLOTS } from './hash-slots.js';
import type { RedisSetting } from './redis-fault.js';

/**
 * How long what is known counts more than older views, once no node tells of it any more, in milliseconds. A node that was
 * cut off says so itself after `cluster-node-timeout` (15 s unless set); what is told for longer than that is a cluster that
 * was made anew, whose epochs begin again.
 */
export const KNOWN_FOR_MS = 60_000;

/**
 * How a cluster is made up, as the newest view of it tells. A node that has not yet heard of a failover, since the others do
 * not reach it or since it was frozen meanwhile, tells of the master as it was. That one may come back, take a write, and
 * throw it away as soon as it hears of its successor: so whoever knows the successor does not go back.
 */
export class NewestView {
  readonly #setting: RedisSetting;
  readonly #now: () => number;
  #known: ClusterView | undefined;
  #toldAt = 0;

  /** `now`: a clock in milliseconds. */
  constructor(setting: RedisSetting, now: () => number = () => performance.now()) {
    this.#setting = setting;
    this.#now = now;
  }

  /**
   * Asks as {@link firstView} does, until one tells what is not older than what is known; that is known from now on.
   * @throws as firstView; RedisFaultError where all that tell anything tell of an older cluster
   */
  async of(asks: readonly (() => Promise<ClusterView>)[]): Promise<ClusterView> {
    const view = await firstView(asks.map((ask) => async () => this.#notOlder(await ask())));
    this.#known = view;
    this.#toldAt = this.#now();
    return view;
  }

  #notOlder(view: ClusterView): ClusterView {
    const holds = this.#now() - this.#toldAt < KNOWN_FOR_MS;
    if (this.#known === undefined || !holds || !isOlder(view, this.#known)) return view;
    const meaning = 'is a Redis Cluster of which those nodes that answer have not heard of a newer master';
    throw new RedisFaultError(this.#setting, { code: 'OLD_VIEW', meaning });
  }
}

/** Whether a view has some hash slot at a master of a lower epoch than `known` has it at. */
export function isOlder(view: ClusterView, known: ClusterView): boolean {
  const epochs = new Float64Array(HASH_SLOTS);
  for (const { epoch, ranges } of known.masters)
    for (const [from, to] of ranges) epochs.fill(epoch, from, to + 1);
  return view.masters.some(({ epoch, ranges }) =>
    ranges.some(([from, to]) => epochs.subarray(from, to + 1).some((newest) => newest > epoch)),
  );
}

/** The same nodes, beginning with another one at each turn. */
export function fromTurn<T>(nodes: readonly T[], turn: number): readonly T[] {
  const first = nodes.length === 0 ? 0 : turn % nodes.length;
  return [...nodes.slice(first), ...nodes.slice(0, first)];
}
