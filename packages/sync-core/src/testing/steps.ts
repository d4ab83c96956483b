import fc from 'fast-check';
import type { Precondition } from '../cache/precondition.js';
import { anyDerivedStep, type DerivedStep } from './derived-steps.js';

/** How many slots there are. */
export const SLOTS = 2;
/** Few keys, so that mutations meet. */
export const KEYS = ['a', 'b', 'c', 'd'];

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
