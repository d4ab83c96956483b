import { expect, it } from 'vitest';
import { PrefixSet } from './prefix-set.js';

it('of no prefix matches nothing', () => {
  expect(new PrefixSet([]).matches('a')).toBe(false);
});

it.each([
  ['user:', true],
  ['user:1', true],
  ['user', false],
  ['users:1', false],
  ['', false],
  ['cart:1', true],
  ['cart', false],
  ['a', false],
  ['zzz', false],
])('with user: and cart: in it, %j matches: %s', (key, matches) => {
  expect(new PrefixSet(['user:', 'cart:']).matches(key)).toBe(matches);
});

it('matches what a shorter prefix covers although a longer one lies between it and the key', () => {
  const set = new PrefixSet(['a:b:', 'a:', 'a:b:c']);
  expect(['a:x', 'a:b:x', 'a:b:cc', 'a:'].map((key) => set.matches(key))).toEqual([true, true, true, true]);
  expect(set.matches('a')).toBe(false);
});

it('agrees with a look at every prefix, for many prefixes and keys', () => {
  const letters = ['a', 'b', '\u00e9', '\ud83d\ude00', ':'];
  const texts = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)));
  const prefixes = texts.filter((_, index) => index % 7 === 0).concat('b', 'a:');
  const set = new PrefixSet(prefixes);
  for (const key of [...texts, ...texts.map((text) => `${text}x`), ...letters]) {
    expect(set.matches(key), key).toBe(prefixes.some((prefix) => key.startsWith(prefix)));
  }
});
