import fc from 'fast-check';
import { expect } from 'vitest';
import { keptParts, keptWith } from '../cache/kept-value.js';
import { slotOf } from '../cache/keys.js';
import type { CachedPair } from '../cache/pair-reader.js';
import type { ExpiryRule } from '../cache/write-inputs.js';
import { NumberRefusedError } from '../errors.js';
import type { Mutation } from '../mutation.js';
import type { World } from './world.js';

/** A write whose outcome the pair that is there decides. */
export type DerivedStep = { key: string } & (
  | { does: 'setIf'; value: string; onlyIf: 'absent' | 'present' | undefined; keepExpiry: boolean }
  | { does: 'getAndDelete' }
  | { does: 'expireIf'; ttlSec: number | undefined; onlyIf: ExpiryRule[] }
  | { does: 'append'; bytes: number[] }
  | { does: 'incrementFloat'; by: string }
  /** Of all keys of the key's slot. */
  | { does: 'setAllIfAbsent'; value: string }
);

/** Any such write of one of these keys. */
export const anyDerivedStep = (keys: readonly string[]): fc.Arbitrary<DerivedStep> => {
  const key = fc.constantFrom(...keys);
  const does = <Does extends DerivedStep['does']>(name: Does) => fc.constant(name);
  return fc.oneof(
    fc.record({
      key,
      does: does('setIf'),
      value: fc.oneof(fc.string(), fc.integer().map(String)),
      onlyIf: fc.constantFrom('absent' as const, 'present' as const, undefined),
      keepExpiry: fc.boolean(),
    }),
    fc.record({ key, does: does('getAndDelete') }),
    fc.record({
      key,
      does: does('expireIf'),
      ttlSec: fc.constantFrom(undefined, -1, 600, 900),
      onlyIf: fc.subarray<ExpiryRule>(['none', 'some', 'later', 'earlier'], { maxLength: 1 }),
    }),
    fc.record({ key, does: does('append'), bytes: fc.array(fc.nat(255), { maxLength: 3 }) }),
    fc.record({ key, does: does('incrementFloat'), by: fc.constantFrom('0.5', '-2', '1e2') }),
    fc.record({ key, does: does('setAllIfAbsent'), value: fc.string() }),
  );
};

/** Makes such a write, and holds its outcome to what was there before. Returns the mutations it was. */
export async function makeDerived(
  { cache, journal }: Pick<World, 'cache' | 'journal'>,
  step: DerivedStep,
  keys: readonly string[],
): Promise<readonly Mutation[]> {
  const { key } = step;
  const state = async () => ({
    pairs: (await cache.look(keys)).pairs,
    journaled: await journal.totalLength(),
  });
  const before = await state();
  const held = before.pairs[keys.indexOf(key)];
  const made = (await madeBy(cache, step, held, keys).catch((error: unknown) => {
    expect(error).toBeInstanceOf(NumberRefusedError);
    return [];
  })) as readonly Mutation[];
  const after = await state();
  if (made.length === 0) expect(after).toEqual(before);
  expect(after.journaled).toBe(before.journaled + made.length);
  for (const { key: of, op, version, value, expireAt } of made) {
    const pair = after.pairs[keys.indexOf(of)];
    if (op === 'del') expect(pair).toBeUndefined();
    else expect(pair).toEqual({ key: of, value, version, ...(expireAt === undefined ? {} : { expireAt }) });
  }
  return made;
}

async function madeBy(
  cache: World['cache'],
  step: DerivedStep,
  held: CachedPair | undefined,
  keys: readonly string[],
): Promise<readonly Mutation[]> {
  const { key } = step;
  const maybe = (mutation: Mutation | undefined) => (mutation === undefined ? [] : [mutation]);
  switch (step.does) {
    case 'setIf': {
      const { mutation, old } = await cache.setIf({ ...step, ttlSec: 700, returnOld: true });
      expect(old).toBe(held?.value);
      const holds = step.onlyIf === undefined || (step.onlyIf === 'present') === (held !== undefined);
      expect(mutation !== undefined).toBe(holds);
      if (mutation !== undefined && step.keepExpiry) expect(mutation.expireAt).toBe(held?.expireAt);
      return maybe(mutation);
    }
    case 'getAndDelete': {
      const { mutation, old } = await cache.getAndDelete({ key });
      expect(old).toBe(held?.value);
      expect(mutation?.op).toBe(held && 'del');
      return maybe(mutation);
    }
    case 'expireIf': {
      const { mutation, old } = await cache.expireIf(step);
      expect(old).toBe(held?.value);
      if (held === undefined) expect(mutation).toBeUndefined();
      else if (step.onlyIf.length === 0) expect(mutation?.op).toBe(step.ttlSec === -1 ? 'del' : 'set');
      else if (step.onlyIf[0] === 'none' || step.onlyIf[0] === 'some') {
        expect(mutation !== undefined).toBe((step.onlyIf[0] === 'some') === (held.expireAt !== undefined));
      }
      return maybe(mutation);
    }
    case 'append': {
      const bytes = Buffer.from(step.bytes);
      const mutation = await cache.append({ key, bytes });
      expect(bytesOf(mutation.value)).toEqual(bytesOf(keptWith(held?.value ?? '', bytes)));
      expect(mutation.expireAt).toBe(held?.expireAt);
      return [mutation];
    }
    case 'incrementFloat': {
      const { mutation, sum } = await cache.incrementFloat(step);
      expect(Number(sum)).toBeCloseTo(Number(held?.value ?? 0) + Number(step.by));
      expect(mutation.expireAt).toBe(held?.expireAt);
      return [mutation];
    }
    case 'setAllIfAbsent': {
      const slot = slotOf(key, cache.slots);
      const together = keys.filter((each) => slotOf(each, cache.slots) === slot);
      const { pairs } = await cache.look(together);
      const all = together.map((each) => ({ key: each, value: step.value }));
      const { mutations } = await cache.setAllIfAbsent({ pairs: all });
      const none = pairs.every((pair) => pair === undefined);
      expect(mutations.map((mutation) => mutation.key)).toEqual(none ? together : []);
      return mutations;
    }
  }
}

function bytesOf(kept: string | undefined): Buffer {
  const { base64, text } = keptParts(kept ?? '');
  return Buffer.from(text, base64 ? 'base64' : 'utf8');
}
