import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CachedPair } from '../cache/cached-pair.js';
import { keptParts, keptWith } from '../cache/kept-value.js';
import { slotOf } from '../cache/keys.js';
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
    if (!(error instanceof NumberRefusedError)) throw error;
    return [];
  })) as readonly Mutation[];
  const after = await state();
  if (made.length === 0) assert.deepEqual(after, before);
  assert.equal(after.journaled, before.journaled + made.length);
  for (const { key: of, op, version, value, expireAt } of made) {
    const pair = after.pairs[keys.indexOf(of)];
    const expiry = expireAt === undefined ? {} : { expireAt };
    assert.deepEqual(pair, op === 'del' ? undefined : { key: of, value, version, ...expiry });
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
      assert.equal(old, held?.value);
      const holds = step.onlyIf === undefined || (step.onlyIf === 'present') === (held !== undefined);
      assert.equal(mutation !== undefined, holds);
      if (mutation !== undefined && step.keepExpiry) assert.equal(mutation.expireAt, held?.expireAt);
      return maybe(mutation);
    }
    case 'getAndDelete': {
      const { mutation, old } = await cache.getAndDelete({ key });
      assert.equal(old, held?.value);
      assert.equal(mutation?.op, held && 'del');
      return maybe(mutation);
    }
    case 'expireIf': {
      const { mutation, old } = await cache.expireIf(step);
      assert.equal(old, held?.value);
      if (held === undefined) assert.equal(mutation, undefined);
      else if (step.onlyIf.length === 0) assert.equal(mutation?.op, step.ttlSec === -1 ? 'del' : 'set');
      else if (step.onlyIf[0] === 'none' || step.onlyIf[0] === 'some') {
        assert.equal(mutation !== undefined, (step.onlyIf[0] === 'some') === (held.expireAt !== undefined));
      }
      return maybe(mutation);
    }
    case 'append': {
      const bytes = Buffer.from(step.bytes);
      const mutation = await cache.append({ key, bytes });
      assert.deepEqual(bytesOf(mutation.value), bytesOf(keptWith(held?.value ?? '', bytes)));
      assert.equal(mutation.expireAt, held?.expireAt);
      return [mutation];
    }
    case 'incrementFloat': {
      const { mutation, sum } = await cache.incrementFloat(step);
      const due = Number(held?.value ?? 0) + Number(step.by);
      assert.ok(Object.is(Number(sum), due) || Math.abs(Number(sum) - due) < 0.005, `${sum} for ${due}`);
      assert.equal(mutation.expireAt, held?.expireAt);
      return [mutation];
    }
    case 'setAllIfAbsent': {
      const slot = slotOf(key, cache.slots);
      const together = keys.filter((each) => slotOf(each, cache.slots) === slot);
      const { pairs } = await cache.look(together);
      const all = together.map((each) => ({ key: each, value: step.value }));
      const { mutations } = await cache.setAllIfAbsent({ pairs: all });
      const none = pairs.every((pair) => pair === undefined);
      assert.deepEqual(
        mutations.map((mutation) => mutation.key),
        none ? together : [],
      );
      return mutations;
    }
  }
}

function bytesOf(kept: string | undefined): Buffer {
  const { base64, text } = keptParts(kept ?? '');
  return Buffer.from(text, base64 ? 'base64' : 'utf8');
}
