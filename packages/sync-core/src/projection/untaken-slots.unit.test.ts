import { describe, expect, it } from 'vitest';
import { fallsTo, type SweepView, UntakenSlots } from './untaken-slots.js';

const view = (heads: Record<number, string>, more: Partial<SweepView> = {}): SweepView => ({
  heads: new Map(Object.entries(heads).map(([slot, head]) => [Number(slot), head])),
  woken: true,
  isOwn: () => true,
  ...more,
});
const after = (views: readonly SweepView[]) => {
  const slots = new UntakenSlots();
  return views.map((each) => slots.after(each).join());
};

describe('a slot is taken without a wake-up', () => {
  it('when three sweeps saw the same work and no one draining it', () => {
    const same = view({ 1: 'a' });
    expect(after([same, same, same, same])).toEqual(['', '', '1', '1']);
  });

  it('not while its work gets done, however much there is', () => {
    expect(after(['a', 'b', 'c', 'd', 'e', 'f'].map((head) => view({ 1: head })))).toEqual(Array(6).fill(''));
  });

  it('not while someone has it in hand', () => {
    const held = view({});
    const same = view({ 1: 'a' });
    expect(after([same, same, held, same, same, same])).toEqual(['', '', '', '', '', '1']);
  });

  it('later by a projector that it does not fall to', () => {
    const same = view({ 1: 'a', 2: 'a' }, { isOwn: (slot) => slot === 1 });
    expect(after([same, same, same, same, same])).toEqual(['', '', '1', '1', '1,2']);
  });

  it('at once where no one could be woken', () => {
    expect(after([view({ 1: 'a' }, { woken: false })])).toEqual(['1']);
  });

  it('before others, where it was seen for longer', () => {
    const one = view({ 5: 'a' });
    const both = view({ 2: 'a', 5: 'a' });
    expect(after([one, one, both, both, both]).at(-1)).toBe('5,2');
  });
});

it('slots are dealt out evenly among the projectors, each to one, also where this one is not on the list', () => {
  const projectors = ['c', 'a', 'b'];
  const shares = projectors.map(
    (me) =>
      Array.from({ length: 30 }, (_, slot) => slot).filter((slot) => fallsTo(me, projectors, slot)).length,
  );
  expect(shares).toEqual([10, 10, 10]);
  expect(Array.from({ length: 4 }, (_, slot) => fallsTo('d', projectors, slot))).toContain(true);
  expect(fallsTo('alone', [], 7)).toBe(true);
});
