import type { AppProcess } from '@hybrid-sync/services';
import type { Stores } from '@hybrid-sync/sync-core';
import type { RunClock } from '@hybrid-sync/trials';
import { isAcknowledged, type WriteRecord } from '../load/write-record.js';
import { isReady, type Which } from '../system/deployment.js';
import { GreenWatch } from './green-watch.js';

/** Time between two samples, in milliseconds. */
const EVERY_MS = 500;

/**
 * What a projector that died had in hand is no other one's until then, in milliseconds: its lock stands for 6 s, and is
 * looked for every 3 s. The other one says that it is ready meanwhile, and is: nothing that it tries fails.
 */
const TAKEN_OVER_MS = 9000;

/** A process that said ready for too long while what it is for failed. */
export interface FalseGreen {
  readonly name: string;
  readonly what: 'writes' | 'drains';
  /** For how long, in milliseconds; 0 for never. */
  readonly greenMs: number;
  /** When that began, in milliseconds since the moment that was asked from. */
  readonly fromMs: number;
  /** Which slot was not drained. */
  readonly slot?: number;
}

/** What the sampler looks at. */
export interface ProbeSamplerParts {
  readonly pods: readonly [AppProcess, AppProcess];
  readonly projectors: readonly [AppProcess, AppProcess];
  readonly stores: Pick<Stores, 'journal' | 'outbox'>;
  /**
   * A journal entry is the projector's once it was seen for so long, in milliseconds. Its version does not tell how old it
   * is, where Redis' clock went back.
   */
  readonly overdueMs: number;
  readonly clock: RunClock;
}

/** A process, and what it is held against; of a projector that is each slot. */
interface Watched {
  readonly app: AppProcess;
  readonly what: FalseGreen['what'];
  readonly watch: GreenWatch;
}

/**
 * Looks at every probe all the while, and holds it against what becomes of the load's writes (pods) and of what waits in
 * each slot (projectors): a slot whose oldest waiting mutation stays the same is not drained.
 */
export class ProbeSampler {
  readonly #parts: ProbeSamplerParts;
  readonly #pods: readonly Watched[];
  readonly #projectors: readonly Watched[];
  readonly #wroteAt: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  readonly #stopping = new AbortController();
  #waiting: ReadonlyMap<number, number> = new Map();
  /** Each slot's oldest journal entry, and since when it has been that, on the run's clock. */
  #entries: ReadonlyMap<number, { readonly version: number; readonly since: number }> = new Map();
  #running: Promise<unknown> = Promise.resolve();
  /** Until then slots may wait to be taken over, on the run's clock. */
  #takenOverAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ProbeSamplerParts) {
    this.#parts = parts;
    const watched = (what: FalseGreen['what']) => (app: AppProcess) => ({
      app,
      what,
      watch: new GreenWatch(),
    });
    this.#pods = parts.pods.map(watched('writes'));
    this.#projectors = parts.projectors.map(watched('drains'));
  }

  get #all(): readonly Watched[] {
    return [...this.#pods, ...this.#projectors];
  }

  /** When the newest write began that a pod acknowledged, on the run's clock. */
  wroteAt(pod: Which): number {
    return this.#wroteAt[pod];
  }

  /** Takes the outcome of a write of the load. */
  wrote(write: WriteRecord): void {
    const { pods, intendedAt, endedAt } = write;
    pods.forEach((pod, at) => {
      const succeeded = at === pods.length - 1 && isAcknowledged(write);
      this.#pods[pod]?.watch.tried(succeeded, endedAt);
      if (succeeded) this.#wroteAt[pod] = Math.max(this.#wroteAt[pod], intendedAt);
    });
  }

  /** A projector was killed just now. */
  projectorDied(): void {
    this.#takenOverAt = this.#parts.clock.now() + TAKEN_OVER_MS;
  }

  /** Begins to look. */
  start(): void {
    const lookAt = ({ app, watch }: Watched) =>
      this.#repeat(async () => watch.sampled(await isReady(app), this.#parts.clock.now()));
    this.#running = Promise.all([this.#repeat(() => this.#lookAtSlots()), ...this.#all.map(lookAt)]);
  }

  /**
   * What said ready for longest while it failed, since the last call: one entry per process. `since`: the moment that
   * times are told from, on the run's clock.
   */
  take(since: number): FalseGreen[] {
    return this.#all.map(({ app: { name }, what, watch }) => {
      const { from, greenMs, thing: slot } = watch.take() ?? { from: since, greenMs: 0 };
      const rounded = { greenMs: Math.round(greenMs), fromMs: Math.round(from - since) };
      return { name, what, ...rounded, ...(slot !== undefined && { slot }) };
    });
  }

  /** Ends looking. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      // While a store is away there is nothing to see.
      await look().catch(() => undefined);
      await clock.sleepUntil(clock.now() + EVERY_MS, signal);
    }
  }

  async #lookAtSlots(): Promise<void> {
    const { stores, overdueMs, clock } = this.#parts;
    const seenAt = clock.now();
    const known = this.#entries;
    this.#entries = new Map(
      Array.from(await stores.journal.oldest(), ([slot, version]) => {
        const entry = known.get(slot);
        return [slot, entry?.version === version ? entry : { version, since: seenAt }];
      }),
    );
    const waiting = new Map<number, number>();
    for (const [slot, { version, since }] of this.#entries)
      if (seenAt - since >= overdueMs) waiting.set(slot, version);
    // With MongoDB away, what waits in the journal alone tells.
    const events = await stores.outbox.oldestWaiting().catch(() => new Map<number, number>());
    for (const [slot, version] of events) {
      waiting.set(slot, Math.min(version, waiting.get(slot) ?? Number.POSITIVE_INFINITY));
    }
    const before = this.#waiting;
    this.#waiting = waiting;
    const at = clock.now();
    for (const slot of new Set([...before.keys(), ...waiting.keys()])) {
      const drained = !waiting.has(slot) || waiting.get(slot) !== before.get(slot);
      const well = drained || at < this.#takenOverAt;
      for (const { watch } of this.#projectors) watch.tried(well, at, slot);
    }
  }
}
