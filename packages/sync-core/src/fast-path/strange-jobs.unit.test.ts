import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastJob, fastJobResult, referringJob } from './fast-job.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 2000, interruptAfterTimeLimit: 5000 };

const text = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('', 'set', 'del', '5', '__proto__'));
const version = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('whatever others left in the queue', () => {
  const part = fc.oneof(text, fc.integer(), fc.double(), fc.constantFrom(null, undefined, [], {}, 'set'));
  /** What belongs there, most of the time: a job of nothing but strange parts is always refused. */
  const mostly = <Part>(proper: fc.Arbitrary<Part>) =>
    fc.oneof({ weight: 9, arbitrary: proper }, { weight: 1, arbitrary: part });
  const mutation = fc.record(
    {
      key: mostly(fc.string({ minLength: 1 })),
      slot: mostly(fc.nat()),
      version: mostly(version),
      op: mostly(fc.constantFrom('set', 'del')),
      value: mostly(fc.string()),
      expireAt: mostly(fc.integer({ min: 1 })),
      ttlSec: mostly(fc.nat()),
    },
    { requiredKeys: ['key', 'slot', 'version', 'op'] },
  );

  const reference = fc.tuple(
    mostly(fc.nat()),
    mostly(version),
    mostly(fc.string({ minLength: 1 })),
    mostly(fc.string()),
  );
  const isNamed = (slot: number, at: number, key: string) => {
    expect(key).not.toBe('');
    expect(Number.isSafeInteger(slot) && Number.isSafeInteger(at)).toBe(true);
  };

  it('is a job whose every mutation can be stored, or refused', () => {
    const data = fc.oneof(
      fc.jsonValue(),
      fc.record({
        layout: fc.constantFrom(1, 2, 3, undefined),
        mutations: fc.array(mutation, { maxLength: 3 }),
      }),
      fc.record({
        layout: fc.constantFrom(1, 2, 3, undefined),
        references: fc.array(reference, { maxLength: 3 }),
      }),
    );
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(data, (each) => {
        const parsed = fastJob.safeParse(each);
        seen[parsed.success ? 'taken' : 'refused'] += 1;
        if (parsed.data === undefined) return;
        if ('references' in parsed.data) {
          for (const [slot, at, key] of parsed.data.references) isNamed(slot, at, key);
          return;
        }
        for (const { key, slot, version: at, op, value, expireAt = 1 } of parsed.data.mutations) {
          isNamed(slot, at, key);
          expect(expireAt).toBeGreaterThan(0);
          expect(typeof value).toBe(op === 'set' ? 'string' : 'undefined');
        }
        fastJobResult.safeParse(each);
      }),
      BOUNDED,
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100);
  });

  it('is taken as it was put there', () => {
    const proper = fc.record(
      {
        key: fc.string({ minLength: 1 }),
        slot: fc.nat(),
        version,
        op: fc.constant('set' as const),
        value: fc.string(),
        expireAt: fc.integer({ min: 1 }),
      },
      { requiredKeys: ['key', 'slot', 'version', 'op', 'value'] },
    );
    fc.assert(
      fc.property(fc.array(proper, { maxLength: 5 }), (mutations) => {
        const carried: unknown = JSON.parse(JSON.stringify({ mutations }));
        expect(fastJob.parse(carried)).toEqual({ mutations: mutations.map((each) => ({ ...each })) });
        const referring: unknown = JSON.parse(JSON.stringify(referringJob(mutations)));
        expect(fastJob.parse(referring)).toEqual(referringJob(mutations));
      }),
      BOUNDED,
    );
  });
});
