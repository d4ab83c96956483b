import fc from 'fast-check';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { Precondition } from '../cache/precondition.js';
import { InvalidInputError, PreconditionFailedError } from '../errors.js';
import { Metrics } from '../metrics/metrics.js';
import type { Mutation } from '../mutation.js';
import { drainSlot } from '../projection/drain-slot.js';
import { verify } from '../reconcile/verify.js';
import { anyDerivedStep, type DerivedStep, makeDerived } from './derived-steps.js';
import { Crash, crashingAfter, type World } from './world.js';

/** Few keys, so that mutations meet; over two slots. */
export const SLOTS = 2;
const KEYS = ['a', 'b', 'c', 'd'];
/** Small, so that a drain takes several batches. */
const BATCH = 3;

/** What a write asks of the pair that is there; `stale` and `current` are versions that the key had and has. */
export type Asks = { is: Precondition['is']; version: 'any' | 'current' | 'stale' } | undefined;

/** One thing that happens. `pick` chooses among the mutations so far, the newest being the likeliest. */
export type Step =
  | { do: 'set'; key: string; value: string; ttlSec: number | undefined; asks?: Asks }
  | { do: 'delete'; key: string; asks?: Asks }
  | { do: 'resync'; key: string }
  /** Another expiry, or none. */
  | { do: 'expire'; key: string; ttlSec: number | undefined }
  | { do: 'increment'; key: string; by: number; asks?: Asks }
  /** A write that the pair which is there decides. */
  | { do: 'derived'; write: DerivedStep }
  /** Sets and deletes, where there is no value, all in the same moment. */
  | { do: 'together'; writes: { key: string; value: string | undefined }[] }
  /** A fast job, or one that comes late or again: some mutations are applied, and perhaps acknowledged. */
  | { do: 'fast'; picks: number[]; acknowledged: boolean }
  /** The same, but each mutation by a worker of its own, all in the same moment. */
  | { do: 'race'; picks: number[]; acknowledged: boolean }
  /** Some mutations become events, perhaps again, and are perhaps acknowledged. */
  | { do: 'outbox'; picks: number[]; acknowledged: boolean }
  /** A slot's clock is a day ahead, set back, or lost; Redis' own time can't be set. */
  | { do: 'clock'; slot: number; is: 'ahead' | 'behind' | 'lost' }
  /** What Redis holds now is what a later fail-over leads to. */
  | { do: 'replicate' }
  /** Redis is replaced by one with older data, or none. */
  | { do: 'failOver' }
  /** A projector drains a slot, and dies after so many calls. */
  | { do: 'drain'; slot: number; diesAfter: number };

const key = fc.constantFrom(...KEYS);
const asks: fc.Arbitrary<Asks> = fc.option(
  fc.record({
    is: fc.constantFrom('match' as const, 'none-match' as const),
    version: fc.constantFrom('any' as const, 'current' as const, 'stale' as const),
  }),
  { nil: undefined },
);
const picks = fc.array(fc.nat(8), { minLength: 1, maxLength: 5 });

/** Any step. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      key,
      value: fc.oneof(fc.string(), fc.integer().map(String)),
      ttlSec: fc.option(fc.integer({ min: 600, max: 900 }), { nil: undefined }),
      asks,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), key, asks }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resync' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('expire' as const),
      key,
      ttlSec: fc.option(fc.integer({ min: 600, max: 900 }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('increment' as const), key, by: fc.maxSafeInteger(), asks }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('derived' as const), write: anyDerivedStep(KEYS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('together' as const),
      writes: fc.array(fc.record({ key, value: fc.option(fc.string(), { nil: undefined }) }), {
        minLength: 2,
        maxLength: 8,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('fast' as const, 'race' as const, 'outbox' as const),
      picks,
      acknowledged: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('drain' as const),
      slot: fc.nat(SLOTS - 1),
      diesAfter: fc.oneof(fc.nat(9), fc.constant(1000)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      slot: fc.nat(SLOTS - 1),
      is: fc.constantFrom('ahead' as const, 'behind' as const, 'lost' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('replicate' as const, 'replicate' as const, 'failOver' as const),
    }),
  },
);

/** Histories that found a fault once, each with the fault: played before any other. */
export const REGRESSIONS: readonly Step[][] = [
  // Events marked as processed before their shadow was written.
  [
    { do: 'set', key: 'a', value: '', ttlSec: undefined },
    { do: 'outbox', picks: [0], acknowledged: true },
    { do: 'drain', slot: 1, diesAfter: 4 },
  ],
  // Journal entries removed before their shadow was written.
  [
    { do: 'set', key: 'd', value: '', ttlSec: undefined },
    { do: 'drain', slot: 0, diesAfter: 6 },
  ],
  // The oldest mutation of a key taken for the newest.
  [
    { do: 'set', key: 'c', value: '', ttlSec: undefined },
    { do: 'delete', key: 'c' },
  ],
  // A shadow overwritten by an older version that came late.
  [
    { do: 'set', key: 'b', value: 'old', ttlSec: undefined },
    { do: 'set', key: 'b', value: 'new', ttlSec: undefined },
    { do: 'fast', picks: [0], acknowledged: true },
    { do: 'fast', picks: [1], acknowledged: true },
  ],
  // A version given again after a fail-over to older data with a slower clock: the new write is taken for stale.
  [
    { do: 'clock', slot: 0, is: 'ahead' },
    { do: 'clock', slot: 1, is: 'ahead' },
    { do: 'set', key: 'a', value: 'lost', ttlSec: undefined },
    { do: 'fast', picks: [0], acknowledged: true },
    { do: 'failOver' },
    { do: 'set', key: 'a', value: 'new', ttlSec: undefined },
  ],
  // Two workers insert a key's first shadow in the same moment, and the newer one's duplicate key is taken for stale.
  [
    ...Array.from(
      { length: 5 },
      (_, index): Step => ({ do: 'set', key: 'a', value: String(index), ttlSec: undefined }),
    ),
    { do: 'race', picks: [4, 3, 2, 1, 0], acknowledged: true },
  ],
];

/** Plays steps on a world, and checks the promises after every step and at the end. */
export async function playSteps(world: World, steps: readonly Step[]): Promise<void> {
  await world.clear();
  const played = new Play(world);
  for (const step of steps) {
    await played.play(step);
    await played.checkPromises();
  }
  await played.settle();
  await played.checkConvergence();
}

class Play {
  readonly #world: World;
  /** What Redis acknowledged and did not lose. */
  #mutations: Mutation[] = [];
  /** Everything that was given a version: what was lost may still be delivered late. */
  readonly #given: Mutation[] = [];
  /** How many of the mutations a fail-over leaves. */
  #replicated = 0;
  /** Keys that may differ: nothing was written to them since a fail-over. */
  readonly #lost = new Set<string>();
  readonly #seen = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  async play(step: Step): Promise<void> {
    const { cache, shadows, outbox, journal } = this.#world;
    switch (step.do) {
      case 'set':
        await this.#write(step, (precondition) => cache.set({ ...step, precondition }));
        break;
      case 'delete':
        await this.#write(
          step,
          async (precondition) => (await cache.delete(step.key, { precondition })).mutation,
        );
        break;
      case 'resync':
        await this.#again(step.key, () => cache.resync(step.key));
        break;
      case 'expire':
        await this.#again(step.key, () => cache.expire(step));
        break;
      case 'increment':
        await this.#increment(step);
        break;
      case 'derived':
        for (const mutation of await makeDerived(this.#world, step.write, KEYS)) this.#note(mutation);
        break;
      case 'together':
        await this.#together(step.writes);
        break;
      case 'drain':
        await this.#drain(step.slot, step.diesAfter);
        break;
      case 'clock': {
        const ahead = ((await journal.now()) + 86_400_000) * 1000;
        await this.#world.setClock(step.slot, { ahead, behind: 5, lost: undefined }[step.is]);
        break;
      }
      case 'replicate':
        await this.#world.replicate();
        this.#replicated = this.#mutations.length;
        break;
      case 'failOver':
        await this.#world.failOver();
        this.#mutations = this.#mutations.slice(0, this.#replicated);
        for (const each of KEYS) this.#lost.add(each);
        break;
      default: {
        const chosen = [...new Set(step.picks.flatMap((pick) => this.#given.at(-1 - pick) ?? []))];
        if (chosen.length === 0) break;
        if (step.do === 'outbox') await outbox.add(chosen);
        else if (step.do === 'fast') await shadows.apply(chosen, 'ASYNC_THREAD');
        else await Promise.all(chosen.map((mutation) => shadows.apply([mutation], 'ASYNC_THREAD')));
        if (step.acknowledged) await journal.remove(chosen);
      }
    }
  }

  /** A pair that keeps its value is refused only where the cache has none: an absence is no delete. */
  async #again(key: string, write: () => Promise<Mutation>): Promise<void> {
    const [before] = (await this.#world.cache.look([key])).pairs;
    try {
      const mutation = await write();
      expect(mutation).toMatchObject({ op: 'set', value: before?.value });
      this.#note(mutation);
    } catch (error) {
      expect(error).toBeInstanceOf(PreconditionFailedError);
      expect((await this.#world.cache.look([key])).pairs).toEqual([undefined]);
    }
  }

  /** What is no number, or would be none that is exact, is refused, and then nothing changes. */
  async #increment(step: { key: string; by: number; asks?: Asks }): Promise<void> {
    const { cache } = this.#world;
    const [held] = (await cache.look([step.key])).pairs;
    const number = Number(held?.value ?? 0);
    const adds = String(number) === (held?.value ?? '0') && Number.isSafeInteger(number + step.by);
    if (adds && Number.isSafeInteger(number)) {
      return this.#write(step, async (precondition) => {
        const { mutation, sum } = await cache.increment({ ...step, precondition });
        expect(sum).toBe(BigInt(number + step.by));
        expect(mutation).toMatchObject({ op: 'set', value: String(number + step.by) });
        expect(mutation.expireAt).toBe(held?.expireAt);
        return mutation;
      });
    }
    const before = await this.#cacheAndJournal();
    await expect(cache.increment(step)).rejects.toThrow(InvalidInputError);
    expect(await this.#cacheAndJournal()).toEqual(before);
  }

  /** A write that is refused, if what it asks does not hold of the key's newest mutation, and then changes nothing. */
  async #write(
    { key, asks }: { key: string; asks?: Asks },
    write: (precondition: Precondition | undefined) => Promise<Mutation>,
  ): Promise<void> {
    if (asks === undefined) {
      this.#note(await write(undefined));
      return;
    }
    const ofKey = this.#mutations.filter((mutation) => mutation.key === key);
    const last = ofKey.at(-1);
    const present = last?.op === 'set' ? last.version : undefined;
    const versions = {
      any: 'any' as const,
      current: present ? [present] : [],
      stale: [ofKey.at(-2)?.version ?? 1],
    };
    const matches = present !== undefined && asks.version !== 'stale';
    const attempt = () => write({ is: asks.is, versions: versions[asks.version] });
    if (matches === (asks.is === 'match')) {
      this.#note(await attempt());
      return;
    }
    const before = await this.#cacheAndJournal();
    await expect(attempt(), `a ${asks.is} of ${asks.version} for ${key}`).rejects.toThrow(
      PreconditionFailedError,
    );
    expect(await this.#cacheAndJournal()).toEqual(before);
  }

  /** Those of a key are made in the order in which they were asked for. */
  async #together(writes: readonly { key: string; value: string | undefined }[]): Promise<void> {
    const { cache } = this.#world;
    const made = await Promise.all(
      writes.map(async ({ key, value }) =>
        value === undefined ? (await cache.delete(key)).mutation : cache.set({ key, value }),
      ),
    );
    for (const key of KEYS) {
      const versions = made.filter((mutation) => mutation.key === key).map(({ version }) => version);
      expect(versions, `versions of ${key}`).toEqual([...new Set(versions)].sort((a, b) => a - b));
    }
    for (const mutation of made) this.#note(mutation);
  }

  #note(mutation: Mutation): void {
    this.#mutations.push(mutation);
    this.#given.push(mutation);
    this.#lost.delete(mutation.key);
  }

  async #cacheAndJournal() {
    const { cache, journal } = this.#world;
    return { pairs: (await cache.look(KEYS)).pairs, journaled: await journal.totalLength() };
  }

  /** Promises 2 and 3: no shadow goes back; and every mutation, or a newer one of its key, is somewhere. */
  async checkPromises(): Promise<void> {
    const versions = new Map(
      (await this.#world.shadows.findMany(KEYS)).map((shadow) => [shadow._id, Number(shadow.version)]),
    );
    for (const [key, version] of this.#seen)
      expect(versions.get(key) ?? 0, `shadow of ${key}`).toBeGreaterThanOrEqual(version);
    for (const [key, version] of versions) this.#seen.set(key, version);

    const held = new Set<string>();
    for (let slot = 0; slot < SLOTS; slot++) {
      const later = (await this.#world.journal.now()) + 60_000;
      for (const { version } of await this.#world.journal.overdue(slot, later, 1000))
        held.add(`${slot}-${version}`);
    }
    const elsewhere = this.#mutations.filter(
      ({ key, slot, version }) => !held.has(`${slot}-${version}`) && (versions.get(key) ?? 0) < version,
    );
    // What is in neither journal nor shadow must wait in the outbox: as many events, at least.
    if (elsewhere.length > 0) {
      expect(
        await this.#world.outbox.countUnprocessed(1000),
        'mutations only in the outbox',
      ).toBeGreaterThanOrEqual(elsewhere.length);
    }
  }

  /** A world without faults, for long enough. */
  async settle(): Promise<void> {
    await expect
      .poll(
        async () => {
          for (let slot = 0; slot < SLOTS; slot++) await this.#drain(slot, Number.POSITIVE_INFINITY);
          return (
            (await this.#world.outbox.countUnprocessed(1000)) + (await this.#world.journal.totalLength())
          );
        },
        { timeout: 10_000, interval: 2 },
      )
      .toBe(0);
  }

  /** Promise 4. */
  async checkConvergence(): Promise<void> {
    const { samples, complete, undecided } = await verify(this.#world);
    expect(complete && undecided === 0).toBe(true);
    // What a fail-over lost of the cache is a difference, and repair's to mend, until its key is written again.
    expect(samples.filter(({ key }) => !this.#lost.has(key))).toEqual([]);
    await this.checkPromises();
  }

  async #drain(slot: number, diesAfter: number): Promise<void> {
    const { journal, outbox, shadows, marker } = this.#world;
    const mortal = crashingAfter(diesAfter, { journal, outbox, shadows, marker });
    const stores = { ...mortal, metrics: new Metrics('projector'), log: pino({ level: 'silent' }) };
    try {
      await drainSlot(slot, stores, { batch: BATCH, recoverAfterMs: -1000 }, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}
